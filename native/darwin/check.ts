/**
 * `npm run check:darwin`: compiles the addon as it would be compiled on a Mac, both processors, every warning an error,
 * against Apple's own headers, and looks whether what it calls is in Apple's libSystem. Nothing is run: this machine
 * cannot. Says "not checked: …" and succeeds where the compiler cannot be fetched.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nodeHeaders } from '../compile/headers.js';
import { compileAll, digest, headersDigest, job, sweep } from '../compile/objects.js';
import { fetchCompiler } from './check/compiler.js';
import { missingSymbols } from './check/macho.js';
import { tablesSource } from './check/tables.js';

/** The deployment target of binding.gyp. */
const TARGETS = ['aarch64-macos.11.0', 'x86_64-macos.11.0'];

// This file runs from dist/native/darwin.
const root = fileURLToPath(new URL('../../..', import.meta.url));
const shared = join(root, 'native/src');
const own = join(root, 'native/darwin');
const cache = join(root, 'node_modules/.cache/osmofs-check-darwin');

function say(text: string): void {
  process.stdout.write(`check:darwin: ${text}\n`);
}

function sources(directory: string): string[] {
  const names = readdirSync(directory).filter((name) => name.endsWith('.cc'));
  return names.sort().map((name) => join(directory, name));
}

/** As binding.gyp has it, and warnings as errors. */
function flags(target: string): string[] {
  const addonApi = dirname(createRequire(import.meta.url).resolve('node-addon-api/package.json'));
  return [
    ...['-target', target, '-std=c++17', '-O2', '-fvisibility=hidden', '-Wall', '-Wextra', '-Werror'],
    ...['-DNAPI_VERSION=8', '-DNAPI_DISABLE_CPP_EXCEPTIONS', '-D_FILE_OFFSET_BITS=64'],
    ...['-I', shared, '-I', own, '-isystem', join(own, 'check')],
    ...['-isystem', nodeHeaders(), '-isystem', addonApi],
  ];
}

async function main(): Promise<number> {
  const compiler = fetchCompiler();
  if (typeof compiler === 'string') {
    say(`not checked: ${compiler}`);
    return 0;
  }
  mkdirSync(cache, { recursive: true });
  const tables = join(cache, 'tables.cc');
  writeFileSync(tables, tablesSource());
  const files = [...sources(shared), ...sources(own), tables];
  const context = headersDigest([shared, own]) + process.versions.node;
  const cxx = { command: [compiler.path, 'c++'], version: compiler.version };
  const jobs = TARGETS.map((target) => files.map((file) => job(cxx, cache, file, flags(target), context)));
  const { compiled, failures } = await compileAll(cxx, jobs.flat());
  if (failures.length > 0) {
    process.stderr.write(`${failures.join('\n')}\n`);
    say(`${failures.length} of ${jobs.flat().length} compilations failed`);
    return 1;
  }
  const keep = new Set([tables, ...jobs.flat().map(({ object }) => object)]);
  let missing = 0;
  for (const [at, target] of TARGETS.entries()) {
    const objects = jobs[at].map(({ object }) => object);
    const library = join(cache, `osmofs-${digest(...objects)}.dylib`);
    if (!existsSync(library)) {
      const link = ['cc', '-target', target, '-shared', '-Wl,-undefined,dynamic_lookup', ...objects, '-o', library];
      execFileSync(compiler.path, link, { stdio: ['ignore', 'inherit', 'inherit'] });
    }
    keep.add(library);
    for (const name of missingSymbols(readFileSync(library))) {
      say(`${target}: nothing has the symbol ${name}`);
      missing++;
    }
  }
  sweep(cache, keep);
  if (missing > 0) return 1;
  say(
    `${files.length} files compile and link for ${TARGETS.join(' and ')} (zig ${compiler.version}; ${compiled} anew)`,
  );
  return 0;
}

process.exitCode = await main();
