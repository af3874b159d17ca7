/** The guest image: a kernel and an initrd, made from what this machine has, kept by the content they are made from. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { ImageError } from './error.js';
import type { Image, ImageOptions } from './image.js';
import type { BuilderLine } from './main.js';

export type { Entry } from './cpio.js';
export { ImageError } from './error.js';
export type { Image, ImageOptions } from './image.js';
export { bootOverlay, type OverlayOptions } from './overlay.js';

/** What the image wants of the kernel, whatever the hypervisor; a machine with another console names that as well. */
export const KERNEL_ARGUMENTS: readonly string[] = [
  'console=ttyS0',
  'quiet',
  // A guest that panics ends at once: the launcher reads why from the console.
  'panic=-1',
];

const BUILDER = fileURLToPath(new URL('./main.js', import.meta.url));

/**
 * Builds the image unless it is there, in a process of its own: the caller stays small and goes on serving.
 *
 * @throws ImageError if this machine lacks something
 */
export async function buildImage({ progress, signal, ...options }: ImageOptions): Promise<Image> {
  signal?.throwIfAborted();
  // With a group of its own, because it is not alone: apt-get, zstd and the like work for it.
  const child = spawn(process.execPath, [BUILDER], { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
  const kill = () => endGroup(child);
  signal?.addEventListener('abort', kill);
  const ended = new Promise<number | NodeJS.Signals | null>((resolve, reject) => {
    child.on('error', reject).on('close', (code, signal) => resolve(code ?? signal));
  });
  child.stdin.on('error', () => {
    // It ended early: how is said below.
  });
  child.stdin.end(JSON.stringify(options));
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-2000);
  });
  let last: BuilderLine | undefined;
  createInterface({ input: child.stdout }).on('line', (line) => {
    last = JSON.parse(line) as BuilderLine;
    if ('progress' in last) progress?.(last.progress);
  });
  const end = await ended.finally(() => signal?.removeEventListener('abort', kill));
  signal?.throwIfAborted();
  if (last !== undefined && 'image' in last) return last.image;
  if (last !== undefined && 'error' in last) throw new ImageError(last.error, last.hint);
  throw new ImageError(`the builder of the guest image ends with ${end}: ${complaint.trim()}`);
}

function endGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGTERM');
  } catch {
    // It has just ended.
  }
}
