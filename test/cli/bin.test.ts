/** bin/osmofs in a checkout of its own, whose sources are as small as can be. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { makeDirectory, scratchDirectory } from '../unit/host/scratch-directory.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const COMPILING = 'osmofs: compiling';

describe('bin/osmofs', () => {
  const directory = scratchDirectory();
  const at = (path: string) => `${directory()}/${path}`;

  beforeEach(() => {
    for (const path of ['bin', 'host/cli', 'protocol', 'native', 'guest', 'vm']) makeDirectory(at(path));
    fs.copyFileSync(`${root}bin/osmofs`, at('bin/osmofs'));
    fs.symlinkSync(`${root}node_modules`, at('node_modules'));
    fs.writeFileSync(at('package.json'), '{"type":"module"}');
    const compilerOptions = {
      module: 'NodeNext',
      target: 'ES2022',
      skipLibCheck: true,
      outDir: 'dist',
      rootDir: '.',
      types: [],
      lib: ['ES5'],
    };
    fs.writeFileSync(at('tsconfig.json'), JSON.stringify({ compilerOptions, include: ['host'] }));
    write('first');
  });

  function write(word: string): void {
    const code = `declare const console: any;\nexport function main(argv: string[]) { console.log('${word}', ...argv); }\n`;
    fs.writeFileSync(at('host/cli/main.ts'), code);
  }

  async function run(args: string[] = [], environment: NodeJS.ProcessEnv = {}) {
    const { OSMOFS_NO_BUILD: _, ...rest } = process.env;
    const child = spawn(at('bin/osmofs'), args, { env: { ...rest, ...environment } });
    const ran = { code: -1, stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        ran[name] += text;
      });
    }
    [ran.code] = (await once(child, 'close')) as [number];
    return ran;
  }

  it('compiles once, says so on stderr, and runs', async () => {
    const first = await run(['a', '--b']);
    assert.deepEqual([first.code, first.stdout], [0, 'first a --b\n'], first.stderr);
    assert.ok(first.stderr.startsWith(COMPILING));
    assert.deepEqual(await run(), { code: 0, stdout: 'first\n', stderr: '' });
  });

  it('compiles again after a change of the sources, unless told not to', async () => {
    await run();
    write('second');
    const later = new Date(Date.now() + 5_000);
    fs.utimesSync(at('host/cli/main.ts'), later, later);
    assert.equal((await run([], { OSMOFS_NO_BUILD: '1' })).stdout, 'first\n');
    assert.equal((await run()).stdout, 'second\n');
  });

  it('compiles once when several start at the same time', async () => {
    const all = await Promise.all([run(), run(), run()]);
    assert.deepEqual(
      all.map(({ stdout }) => stdout),
      ['first\n', 'first\n', 'first\n'],
    );
    assert.equal(all.filter(({ stderr }) => stderr.startsWith(COMPILING)).length, 1);
    assert.ok(!fs.existsSync(at('dist/.compiling')));
  });

  it('is not held up by a compilation that was killed', async () => {
    makeDirectory(at('dist'));
    const child = spawn('true');
    await once(child, 'exit');
    fs.writeFileSync(at('dist/.compiling'), String(child.pid));
    assert.equal((await run()).stdout, 'first\n');
  });

  it('shows what does not compile, and fails if nothing could be made of it', async () => {
    fs.writeFileSync(at('host/cli/main.ts'), 'export const main: number = "no";\n');
    const { stderr } = await run();
    assert.match(stderr, /host\/cli\/main.ts\(1,14\): error TS2322/);
    assert.match(stderr, /compiled in spite of the errors above/);
    fs.rmSync(at('dist'), { recursive: true });
    fs.rmSync(at('host/cli/main.ts'));
    const nothing = await run();
    assert.equal(nothing.code, 1);
    assert.match(nothing.stderr, /does not compile\. See the errors above/);
  });

  it('in an installed package compiles nothing', async () => {
    await run();
    fs.rmSync(at('tsconfig.json'));
    write('second');
    assert.deepEqual(await run(), { code: 0, stdout: 'first\n', stderr: '' });
    fs.rmSync(at('dist'), { recursive: true });
    assert.match((await run()).stderr, /is not compiled\. Run: npm ci && npm run build/);
  });
});
