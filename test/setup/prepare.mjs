#!/usr/bin/env node
/**
 * Everything a fresh checkout needs before its first command: dependencies (npm ci builds the addon), compiled TypeScript,
 * with `--tests` the test addon and the Debian packages the tests use, with `--vm` those that a VM needs. Does only what is
 * missing or out of date.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const at = (...path) => join(root, ...path);
const time = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;

function run(what, command, ...args) {
  console.error(`osmofs: ${what}`);
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  if (status === 0) return;
  console.error(`osmofs: ${what} failed${error ? `: ${error.message}` : ''}`);
  process.exit(1);
}

/** Latest change of a file with one of these endings below a directory, build results left out. */
function newest(directory, pattern) {
  let latest = 0;
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (entry.name.startsWith('build')) continue;
    const path = join(directory, entry.name);
    if (entry.isDirectory()) latest = Math.max(latest, newest(path, pattern));
    else if (pattern.test(entry.name)) latest = Math.max(latest, time(path));
  }
  return latest;
}

const tests = process.argv.includes('--tests');
if (tests) run('looking for the packages the tests use', process.execPath, at('test/setup/packages.mjs'));
if (process.argv.includes('--vm'))
  run('looking for the packages a virtual machine needs', process.execPath, at('test/setup/packages.mjs'), '--vm');

const addon = at('native/build/Release/osmofs.node');
const fresh = existsSync(at('node_modules/.package-lock.json'));
if (!fresh || time(at('package-lock.json')) > time(at('node_modules/.package-lock.json')))
  run('installing dependencies, building the addon', 'npm', 'ci', '--no-audit', '--no-fund');
if (newest(at('native'), /\.(cc|h|gyp|gypi)$/) > time(addon))
  run('building the addon', 'npm', 'run', '--silent', 'build:native');
run('compiling', 'npm', 'run', '--silent', 'build');
const testAddon = at('test/native-syscalls');
if (tests && newest(testAddon, /\.(cc|h|gyp)$/) > time(join(testAddon, 'build/Release/syscalls.node')))
  run('building the test addon', 'npm', 'run', '--silent', 'build:test-addon');
