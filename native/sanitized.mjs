#!/usr/bin/env node
/**
 * Builds the addon with the address and undefined-behaviour sanitizers (Linux, g++) into build/asan and runs tests with it:
 * `node native/sanitized.mjs [test files]`, without any those of the seam; `--thread` takes the thread sanitizer instead. It
 * uses what tsc has compiled. Node itself is not instrumented, so the sanitizer's library is preloaded, and leaks, of which
 * Node has its own, are not looked for.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nodeHeaders } from '../dist/native/compile/headers.js';
import { compileAll, headersDigest, job, sweep } from '../dist/native/compile/objects.js';

const native = fileURLToPath(new URL('.', import.meta.url));
const root = dirname(native);
const args = process.argv.slice(2);
const thread = args[0] === '--thread';
const files = thread ? args.slice(1) : args;
const kind = thread ? 'tsan' : 'asan';
const sanitizers = thread ? '-fsanitize=thread' : '-fsanitize=address,undefined';

const folders = ['src', 'linux'].map((folder) => join(native, folder));
const sources = folders.flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.cc'))
    .map((name) => join(folder, name)),
);
const flags = [
  ...['-std=c++17', '-g', '-O1', '-fPIC', '-pthread', '-fno-omit-frame-pointer', '-Wall', '-Wextra', '-Werror'],
  ...[sanitizers, thread ? '-Wno-tsan' : '-fno-sanitize-recover=undefined'],
  ...[
    '-DNAPI_VERSION=8',
    '-DNAPI_DISABLE_CPP_EXCEPTIONS',
    '-DNODE_GYP_MODULE_NAME=osmofs',
    '-DBUILDING_NODE_EXTENSION',
  ],
  ...['-isystem', createRequire(import.meta.url)('node-addon-api').include_dir, '-isystem', nodeHeaders()],
  ...['-I', join(native, 'src')],
];

const out = join(native, 'build', kind, 'Release');
const cache = join(out, 'objects');
mkdirSync(cache, { recursive: true });
const version = execFileSync('g++', ['--version'], { encoding: 'utf8' });
const compiler = { command: ['g++'], version };
const context = headersDigest(folders) + process.versions.node;
const jobs = sources.map((source) => job(compiler, cache, source, flags, context));
const { failures } = await compileAll(compiler, jobs);
if (failures.length > 0) {
  process.stderr.write(`${failures.join('\n')}\n`);
  process.exit(1);
}
const objects = jobs.map(({ object }) => object);
execFileSync('g++', ['-shared', '-pthread', sanitizers, ...objects, '-o', join(out, 'osmofs.node')], {
  stdio: 'inherit',
});
sweep(cache, new Set(objects));

const library = execFileSync('g++', [`-print-file-name=lib${kind}.so`], { encoding: 'utf8' }).trim();
const run = spawnSync(
  process.execPath,
  [join(root, 'node_modules/mocha/bin/mocha.js'), ...(files.length > 0 ? files : ['dist/test/native/**/*.test.js'])],
  {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      LD_PRELOAD: library,
      ASAN_OPTIONS: 'detect_leaks=0:abort_on_error=1',
      UBSAN_OPTIONS: 'print_stacktrace=1',
      TSAN_OPTIONS: 'exitcode=0:report_signal_unsafe=0:history_size=4',
      OSMOFS_NATIVE_BUILD: `build/${kind}`,
      OSMOFS_TEST_PATIENCE: '10',
    },
  },
);
process.exit(run.status ?? 1);
