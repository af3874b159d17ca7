#!/usr/bin/env node
/**
 * Installs the Debian packages that the tests and measurements use and that are missing; says which when it may not.
 * With `--vm` only those that a virtual machine is built from and run by.
 * Exit status: 0 nothing is missing any more, 1 something is.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';

const QEMU = process.arch === 'arm64' ? 'qemu-system-arm' : 'qemu-system-x86';
const KERNEL = process.arch === 'arm64' ? 'linux-image-cloud-arm64' : 'linux-image-cloud-amd64';

/** package → what it is for */
const packages = {
  attr: 'getfattr and setfattr: extended attributes of whole trees',
  binutils: 'strip: node in the guest image',
  'busybox-static': "the guest image's commands",
  cpio: 'reads what the image builder writes',
  e2fsprogs: "mke2fs: the guest's data disk",
  fio: 'verified random writes',
  fuse3: 'fusermount3',
  gcc: 'programs in C, compiled by tests and measurements',
  'g++': 'the addon',
  git: 'clones on the mount',
  'inotify-tools': 'inotifywait, as people watch with it',
  'libfuse3-dev': 'passthrough_ll, the reference of the measurements',
  make: 'the addon',
  'pkg-config': 'flags of libfuse3',
  python3: 'node-gyp, and Python programs on the mount',
  'python3-watchdog': 'a Python program that watches files',
  [QEMU]: 'the virtual machine',
  rsync: 'trees copied both ways',
  sqlite3: 'databases on the mount',
  zstd: 'compresses the guest image',
};

/** Those of a VM, with what compiles the addon. */
const OF_A_VM = ['binutils', 'busybox-static', 'e2fsprogs', 'g++', 'make', 'python3', QEMU, 'zstd'];

const vm = process.argv.includes('--vm');
const who = vm ? 'a virtual machine needs' : 'the tests need';

/** Whether dpkg has it installed; undefined where there is no dpkg. */
function installed(name) {
  const { error, stdout } = spawnSync('dpkg-query', ['-W', '-f', `\${db:Status-Status}`, name], { encoding: 'utf8' });
  return error ? undefined : stdout === 'installed';
}

function apt(...args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  execFileSync('apt-get', ['-q', ...args], { env, stdio: ['ignore', 'ignore', 'inherit'] });
}

/** Whether the guest image finds a kernel: the machine's, or one that the package lists know. */
function kernelKnown() {
  if (existsSync('/boot') && readdirSync('/boot').some((name) => name.startsWith('vmlinuz-'))) return true;
  return spawnSync('apt-cache', ['show', KERNEL], { stdio: 'ignore' }).status === 0;
}

function install(names) {
  apt('update');
  // Slim images leave documentation out, and libfuse's examples with it.
  const examples = 'Dpkg::Options::=--path-include=/usr/share/doc/libfuse3-dev/examples/*';
  apt('install', '-y', '--no-install-recommends', '-o', examples, ...names);
}

function complain(sentence) {
  console.error(sentence[0].toUpperCase() + sentence.slice(1));
  process.exitCode = 1;
}

const missing = (vm ? OF_A_VM : Object.keys(packages)).filter((name) => !installed(name));
const root = process.getuid() === 0;
const names = missing.join(' ');
if (missing.length > 0 && installed(missing[0]) === undefined) {
  complain(`this is not Debian: ${who} what these packages of Debian hold: ${names}.`);
  // Another system may have it all the same; `osmofs doctor` says so in a moment.
  if (vm) process.exitCode = 0;
} else if (missing.length > 0 && !root) {
  complain(`${who} packages that are missing; install them with: sudo apt-get install ${names}`);
} else if (missing.length > 0) {
  console.log(`installing ${names}`);
  install(missing);
} else if (!kernelKnown() && root) {
  console.log('bringing the package lists up to date, for a kernel');
  apt('update');
} else if (!kernelKnown() && vm) {
  complain(`${who} a kernel, which the package lists do not know; bring them up to date with: sudo apt-get update`);
}
