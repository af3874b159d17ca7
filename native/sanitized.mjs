#!/usr/bin/env node
/**
 * Builds the addon with the address and undefined-behaviour sanitizers (Linux, g++) into build/asan and runs the tests of
 * the seam with it: `node native/sanitized.mjs [test files]`; `--thread` takes the thread sanitizer instead. Node itself is
 * not instrumented, so the sanitizer's library is preloaded, and leaks, of which Node has its own, are not looked for.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const native = fileURLToPath(new URL('.', import.meta.url));
const root = dirname(native);
const args = process.argv.slice(2);
const thread = args[0] === '--thread';
const files = thread ? args.slice(1) : args;
const kind = thread ? 'tsan' : 'asan';

const sources = ['src', 'linux'].flatMap((folder) =>
  readdirSync(join(native, folder))
    .filter((name) => name.endsWith('.cc'))
    .map((name) => join(native, folder, name)),
);
const include = createRequire(import.meta.url)('node-addon-api').include_dir;
const headers = join(process.env.npm_config_nodedir ?? join(dirname(process.execPath), '..'), 'include/node');
const out = join(native, 'build', kind, 'Release');
mkdirSync(out, { recursive: true });
execFileSync(
  'g++',
  [
    ...[
      '-std=c++17',
      '-g',
      '-O1',
      '-fPIC',
      '-shared',
      '-pthread',
      '-fno-omit-frame-pointer',
      '-Wall',
      '-Wextra',
      '-Werror',
    ],
    ...(thread
      ? ['-fsanitize=thread', '-Wno-tsan']
      : ['-fsanitize=address,undefined', '-fno-sanitize-recover=undefined']),
    ...[
      '-DNAPI_VERSION=8',
      '-DNAPI_DISABLE_CPP_EXCEPTIONS',
      '-DNODE_GYP_MODULE_NAME=osmofs',
      '-DBUILDING_NODE_EXTENSION',
    ],
    ...['-isystem', include, '-isystem', headers, '-I', join(native, 'src')],
    ...sources,
    ...['-o', join(out, 'osmofs.node')],
  ],
  { stdio: 'inherit', cwd: root },
);

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
