#!/usr/bin/env node
/**
 * Installs the Debian packages that the tests and measurements use and that are missing; says which when it may not.
 * Exit status: 0 nothing is missing any more, 1 something is.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';

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
  'libfuse3-dev': 'passthrough_ll, the reference of the measurements',
  make: 'the addon',
  'pkg-config': 'flags of libfuse3',
  python3: 'node-gyp, and Python programs on the mount',
  'qemu-system-x86': 'the virtual machine',
  rsync: 'trees copied both ways',
  sqlite3: 'databases on the mount',
  zstd: 'compresses the guest image',
};

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
  const name = process.arch === 'arm64' ? 'linux-image-cloud-arm64' : 'linux-image-cloud-amd64';
  return spawnSync('apt-cache', ['show', name]).status === 0;
}

function install(names) {
  apt('update');
  // Slim images leave documentation out, and libfuse's examples with it.
  const examples = 'Dpkg::Options::=--path-include=/usr/share/doc/libfuse3-dev/examples/*';
  apt('install', '-y', '--no-install-recommends', '-o', examples, ...names);
}

const missing = Object.keys(packages).filter((name) => !installed(name));
if (missing.length > 0) {
  const names = missing.join(' ');
  if (installed(missing[0]) === undefined) {
    console.error(`This is not Debian: the tests need what these packages of Debian hold: ${names}.`);
    process.exitCode = 1;
  } else if (process.getuid() !== 0) {
    console.error(`The tests need packages that are missing; install them with: sudo apt-get install ${names}`);
    process.exitCode = 1;
  } else {
    console.log(`installing ${names}`);
    install(missing);
  }
} else if (!kernelKnown() && process.getuid() === 0) {
  console.log('bringing the package lists up to date, for a kernel');
  apt('update');
}
