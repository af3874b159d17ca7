#!/usr/bin/env node
/**
 * The test command: every stage in turn, each with its time; goes on after a failure so that one run shows them all.
 * `stages.mjs unit posix` runs those only.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const mocha = (...files) => ['npx', 'mocha', ...files.map((file) => `dist/test/${file}`)];

/** name → command; the order is from cheap to dear */
const stages = {
  lint: ['npm', 'run', '--silent', 'lint'],
  typecheck: ['npm', 'run', '--silent', 'typecheck'],
  unit: ['npm', 'run', '--silent', 'test:unit'],
  'check:darwin': ['npm', 'run', '--silent', 'check:darwin'],
  native: mocha('native/**/*.test.js'),
  // The addon under AddressSanitizer and UBSan, with a guest that lies, one that sends anything, and a daemon that does.
  sanitized: [
    ...['node', 'native/sanitized.mjs', 'dist/test/vm/vsock/*.test.js', 'dist/test/fuzz/vsock.test.js'],
    'dist/test/native/announcer.test.js',
  ],
  guest: mocha('guest/**/*.test.js'),
  host: mocha('host/**/*.test.js'),
  // A plain directory against itself, and the mounts that targets/index.ts names.
  events: mocha('events/**/*.test.js'),
  cli: mocha('cli/**/*.test.js', 'demo/demo.test.js'),
  posix: mocha('posix/**/*.test.js'),
  fault: mocha('fault/**/*.test.js'),
  fuzz: mocha('fuzz/**/*.test.js'),
  coherence: mocha('coherence/*.test.js'),
  'coherence-full': mocha('coherence/full/*.test.js'),
  tools: mocha('tools/**/*.test.js'),
  work: mocha('work/**/*.test.js'),
  'vm-parts': mocha('vm/{image,vsock}/**/*.test.js'),
  // One VM for all of it; the emulated guest is slow.
  vm: mocha('vm/boot.test.js', 'vm/behaviour.test.js', 'vm/work.test.js', 'vm/console.test.js', 'vm/kill.test.js'),
  'vm-trust': mocha('vm/trust.test.js', 'vm/versions.test.js', 'vm/several.test.js', 'demo/vm.test.js'),
};

/** Run only when they are named: 100,000 operations in each mode take minutes. */
const ONLY_NAMED = ['coherence-full'];

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in stages));
if (unknown.length > 0) {
  console.error(`no such stage: ${unknown.join(', ')}; there are: ${Object.keys(stages).join(', ')}`);
  process.exit(2);
}

/** Lines of a failed stage that are said again at the end, where a reader looks first. */
const LINES = 40;

/** Runs the command, shows what it says as it comes, and resolves with how it ended and what it said of its failures. */
function run(command, args) {
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const [from, to] of [
    [child.stdout, process.stdout],
    [child.stderr, process.stderr],
  ]) {
    from.setEncoding('utf8').on('data', (text) => {
      to.write(text);
      said = (said + text).slice(-1_000_000);
    });
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status, signal) => {
      const lines = said.trimEnd().split('\n');
      const failing = lines.findIndex((line) => /^\s+\d+ failing/.test(line));
      const why = failing === -1 ? lines.slice(-LINES) : lines.slice(failing, failing + LINES);
      resolve({ status, signal, why });
    });
  });
}

const results = [];
for (const [name, [command, ...args]] of Object.entries(stages)) {
  if (wanted.length > 0 ? !wanted.includes(name) : ONLY_NAMED.includes(name)) continue;
  console.log(`\n=== ${name}`);
  const start = performance.now();
  const { status, signal, why } = await run(command, args);
  const seconds = (performance.now() - start) / 1000;
  results.push({ name, ok: status === 0, seconds, why });
  if (signal) process.exit(1);
}
for (const { name, why } of results.filter((result) => !result.ok))
  console.log(`\n=== ${name}: what failed\n${why.join('\n')}`);
console.log('\n=== summary');
for (const { name, ok, seconds } of results)
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${name.padEnd(14)} ${seconds.toFixed(1)} s`);
process.exitCode = results.every((result) => result.ok) ? 0 : 1;
