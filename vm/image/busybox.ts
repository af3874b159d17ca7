/** busybox: init, the shell, and every small command of the guest, in one program without libraries. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './commands.js';
import { ImageError } from './error.js';
import type { Packages } from './packages.js';
import type { Tree } from './tree.js';

const PACKAGE = 'busybox-static';
/** Where Debian's package has it, before and since /bin became a link. */
const PLACES = ['bin/busybox', 'usr/bin/busybox'];

/** Commands that belong to the administrator: where busybox itself would install them. */
const SYSTEM = new Set([
  'acpid',
  'adjtimex',
  'arp',
  'blockdev',
  'brctl',
  'depmod',
  'fdisk',
  'freeramdisk',
  'fsfreeze',
  'fstrim',
  'getty',
  'halt',
  'hwclock',
  'ifconfig',
  'ifdown',
  'ifup',
  'init',
  'insmod',
  'ip',
  'klogd',
  'loadkmap',
  'logread',
  'losetup',
  'lsmod',
  'mkdosfs',
  'mkswap',
  'modinfo',
  'modprobe',
  'nameif',
  'pivot_root',
  'poweroff',
  'reboot',
  'rmmod',
  'route',
  'run-init',
  'sulogin',
  'swapoff',
  'swapon',
  'switch_root',
  'sysctl',
  'syslogd',
  'tunctl',
  'udhcpc',
  'vconfig',
  'watchdog',
]);

/** The image has the real one: disk-tools.ts. */
const LEFT_OUT = new Set(['busybox', 'mke2fs']);

/** @throws ImageError */
export async function addBusybox(tree: Tree, packages: Packages): Promise<void> {
  const program = await findBusybox(packages);
  tree.file('bin/busybox', readFileSync(program), 0o755);
  const applets = await run(program, ['--list'], { hint: 'The image is built for the machine it is built on.' });
  for (const name of applets.split('\n').filter((each) => each !== '' && !LEFT_OUT.has(each))) {
    tree.symlink(`${SYSTEM.has(name) ? 'sbin' : 'bin'}/${name}`, name === 'sh' ? 'busybox' : '/bin/busybox');
  }
}

/** A static one of this machine, or of a package that is fetched. */
async function findBusybox(packages: Packages): Promise<string> {
  for (const root of ['/', ...packages.unpacked(PACKAGE).reverse()]) {
    const program = PLACES.map((place) => join(root, place)).find((path) => existsSync(path));
    if (program !== undefined && isStatic(readFileSync(program))) return program;
  }
  const root = await packages.fetch(PACKAGE);
  const program = PLACES.map((place) => join(root, place)).find((path) => existsSync(path));
  if (program === undefined) throw new ImageError(`there is no busybox in Debian's package ${PACKAGE}`);
  return program;
}

// <elf.h>, 64-bit little endian
const E_PHOFF = 32;
const E_PHENTSIZE = 54;
const E_PHNUM = 56;
const PT_INTERP = 3;

/** Whether an ELF file asks for no loader. */
export function isStatic(elf: Buffer): boolean {
  const start = Number(elf.readBigUInt64LE(E_PHOFF));
  const size = elf.readUInt16LE(E_PHENTSIZE);
  for (let index = 0; index < elf.readUInt16LE(E_PHNUM); index++) {
    if (elf.readUInt32LE(start + index * size) === PT_INTERP) return false;
  }
  return true;
}
