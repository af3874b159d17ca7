/** Looks at this machine for checks.ts. Changes nothing. */
import { spawnSync } from 'node:child_process';
import { accessSync, closeSync, constants, existsSync, openSync, readdirSync } from 'node:fs';
import { freemem, userInfo } from 'node:os';
import { join } from 'node:path';
import { platform } from '../../native/platform.js';
import { findFacts } from '../facts.js';
import { codeOf } from '../failure.js';
import { PACKAGE } from '../image/kernel.js';
import { byVersion, Packages } from '../image/packages.js';
import type { Facts } from '../plan.js';
import type { Findings, KernelFound } from './checks.js';

interface Ingredient {
  /** as people know it */
  readonly program: string;
  readonly fix: string;
  there(facts: Facts): boolean;
}

const BUSYBOX = ['/bin/busybox', '/usr/bin/busybox'];
const MKE2FS = ['/usr/sbin/mke2fs', '/sbin/mke2fs'];

/** What `vm/image/` cannot do without on Linux, and the packages of Debian that have it. */
const INGREDIENTS: readonly Ingredient[] = [
  { program: 'ldd', fix: 'sudo apt-get install libc-bin', there: (facts) => facts.find('ldd') !== undefined },
  { program: 'mke2fs', fix: 'sudo apt-get install e2fsprogs', there: () => MKE2FS.some((path) => existsSync(path)) },
  {
    program: 'busybox',
    fix: 'sudo apt-get install busybox-static',
    // apt-get can fetch that as well.
    there: (facts) => facts.find('apt-get') !== undefined || BUSYBOX.some((path) => existsSync(path)),
  },
];

/** @param cacheDirectory of images and what they are made of */
export async function findOut(cacheDirectory: string): Promise<Findings> {
  const facts = findFacts();
  return {
    facts,
    node: process.versions.node,
    root: process.geteuid?.() === 0,
    user: userInfo().username,
    addon: await addonProblem(),
    fuse: platform === 'linux' ? fuseProblem() : null,
    kernel: platform === 'linux' ? findKernel(facts, cacheDirectory) : { from: 'nowhere' },
    initrdTools: platform === 'linux' ? INGREDIENTS.filter(({ there }) => !there(facts)) : [],
    freeMiB: Math.floor(freemem() / (1024 * 1024)),
  };
}

async function addonProblem(): Promise<string | null> {
  try {
    await import('../../native/index.js');
    return null;
  } catch (error) {
    return String((error as Error).message).split('\n', 1)[0]!;
  }
}

/** An ordinary user opens it as well, where it has its usual mode 0666: fusermount3 passes a descriptor of it on. */
export function fuseProblem(device = '/dev/fuse'): string | undefined {
  try {
    closeSync(openSync(device, 'r+'));
    return undefined;
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT') return `there is no ${device}`;
    return code === 'EACCES' ? `${device} is not yours to open` : `${device} cannot be opened (${code})`;
  }
}

/** As `vm/image/kernel.ts` will look for one. @param root another one in tests */
export function findKernel(facts: Facts, cacheDirectory: string, root = ''): KernelFound {
  const boot = kernelsIn(`${root}/boot`);
  const readable = boot.findLast(isReadable);
  if (readable !== undefined) return { from: 'boot', file: readable };
  const packages = new Packages(join(cacheDirectory, 'packages'), () => {});
  const cached = packages.unpacked('linux-image-').flatMap((place) => kernelsIn(join(place, 'boot')));
  const file = cached.at(-1);
  if (file !== undefined) return { from: 'cache', file };
  const cache = facts.find('apt-cache');
  const known = cache !== undefined && spawnSync(cache, ['show', PACKAGE[facts.architecture]]).status === 0;
  if (known && facts.find('apt-get') !== undefined) return { from: 'apt' };
  const unreadable = boot.at(-1);
  if (unreadable !== undefined) return { from: 'nowhere', unreadable };
  return facts.find('apt-get') === undefined ? { from: 'nowhere' } : { from: 'nowhere', lists: true };
}

/** Paths, by version, the newest last. */
function kernelsIn(directory: string): string[] {
  const names = existsSync(directory) ? readdirSync(directory).filter((name) => /^vmlinuz-\d/.test(name)) : [];
  return names.sort(byVersion).map((name) => join(directory, name));
}

function isReadable(file: string): boolean {
  try {
    accessSync(file, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
