/** Rules of the house that no linter knows: who may import whom, where platforms may be told apart, how long files get. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const FOLDERS = ['protocol', 'native', 'host', 'guest', 'vm', 'perf', 'test'];
const LONGEST = 400;

function files(pattern: RegExp, folders = FOLDERS): string[] {
  const found: string[] = [];
  const walk = (directory: string) => {
    for (const name of readdirSync(directory)) {
      const path = join(directory, name);
      if (name.startsWith('build') || name === 'node_modules') continue;
      if (statSync(path).isDirectory()) walk(path);
      else if (pattern.test(name)) found.push(relative(root, path));
    }
  };
  for (const folder of folders) if (existsSync(join(root, folder))) walk(join(root, folder));
  return found;
}

/** Top folders that a file imports from by a relative path, and packages by name. */
function imports(file: string): { folders: Set<string>; packages: Set<string> } {
  const text = readFileSync(join(root, file), 'utf8');
  const folders = new Set<string>();
  const packages = new Set<string>();
  for (const [, specifier] of text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)) {
    if (!specifier.startsWith('.')) packages.add(specifier);
    else folders.add(relative(root, resolve(root, dirname(file), specifier)).split(sep)[0]);
  }
  return { folders, packages };
}

const MAY_IMPORT: Record<string, string[]> = {
  protocol: ['protocol'],
  native: ['native', 'protocol'],
  host: ['host', 'native', 'protocol', 'vm'],
  guest: ['guest', 'native', 'protocol'],
  vm: ['vm', 'native', 'protocol'],
};

describe('rules of the house', () => {
  for (const [folder, allowed] of Object.entries(MAY_IMPORT)) {
    it(`${folder}/ imports from ${allowed.join(', ')} only`, () => {
      for (const file of files(/\.ts$/, [folder])) {
        for (const from of imports(file).folders) assert.ok(allowed.includes(from), `${file} imports from ${from}/`);
      }
    });
  }

  it('protocol/ does no I/O: of Node it knows nothing but buffers', () => {
    for (const file of files(/\.ts$/, ['protocol'])) {
      for (const name of imports(file).packages)
        assert.ok(!name.startsWith('node:') || name === 'node:buffer', `${file} imports ${name}`);
    }
  });

  it('nobody but native/ asks which platform this is', () => {
    for (const file of files(/\.ts$/, ['protocol', 'host', 'guest', 'vm'])) {
      assert.doesNotMatch(readFileSync(join(root, file), 'utf8'), /process\.platform|os\.platform\(\)/, file);
    }
  });

  it(`no source file is longer than ${LONGEST} lines`, () => {
    for (const file of files(/\.(ts|cc|h|c)$/)) {
      const lines = readFileSync(join(root, file), 'utf8').split('\n').length;
      assert.ok(lines <= LONGEST, `${file} has ${lines} lines`);
    }
  });

  it('no test is skipped or singled out without saying why', () => {
    for (const file of files(/\.ts$/, ['test'])) {
      const text = readFileSync(join(root, file), 'utf8');
      assert.doesNotMatch(text, /\b(?:it|describe|context)\.(?:only|skip)\(|\bx(?:it|describe)\(/, file);
    }
  });
});
