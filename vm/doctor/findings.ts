/** Looks at this machine for checks.ts. Changes nothing. */
import { closeSync, existsSync, openSync, readdirSync } from 'node:fs';
import { freemem, userInfo } from 'node:os';
import { platform } from '../../native/platform.js';
import { findFacts } from '../facts.js';
import { codeOf } from '../failure.js';
import type { Facts } from '../plan.js';
import type { Findings } from './checks.js';

/** What `vm/image/` runs to build an image on Linux, and the packages of Debian that have it. */
const IMAGE_TOOLS = [
  { program: 'ldd', fix: 'sudo apt-get install libc-bin' },
  { program: 'strip', fix: 'sudo apt-get install binutils' },
] as const;

export async function findOut(): Promise<Findings> {
  const facts = findFacts();
  return {
    facts,
    node: process.versions.node,
    root: process.geteuid?.() === 0,
    user: userInfo().username,
    addon: await addonProblem(),
    fuse: platform === 'linux' ? fuseProblem() : null,
    kernel: findKernel(facts),
    initrdTools: platform === 'linux' ? IMAGE_TOOLS.filter(({ program }) => facts.find(program) === undefined) : [],
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

function findKernel(facts: Facts): string | undefined {
  const found = existsSync('/boot') ? readdirSync('/boot').filter((name) => name.startsWith('vmlinuz')) : [];
  if (found.length > 0) return `/boot/${found.sort().at(-1)}`;
  return facts.find('apt-get') === undefined ? undefined : 'none in /boot, but apt-get can fetch one';
}
