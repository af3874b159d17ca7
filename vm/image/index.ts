/** The guest image: a kernel and an initrd, made from what this machine has, kept by the content they are made from. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { platform } from '../../native/platform.js';
import { addAgent, HOME } from './bundle.js';
import { addBusybox } from './busybox.js';
import { chooseCompressor } from './compress.js';
import { type Entry, writeCpio } from './cpio.js';
import { addDiskTools } from './disk-tools.js';
import { ImageError } from './error.js';
import { type Architecture, findKernel } from './kernel.js';
import { addModules } from './modules.js';
import { findNode, readStripped } from './node.js';
import { Packages } from './packages.js';
import { addLibraries } from './programs.js';
import { addRootFiles } from './root-files.js';
import { Tree } from './tree.js';

export type { Entry } from './cpio.js';
export { ImageError } from './error.js';
export { bootOverlay, type OverlayOptions } from './overlay.js';

/** What the image wants of the kernel, whatever the hypervisor. */
export const KERNEL_ARGUMENTS: readonly string[] = [
  'console=ttyS0',
  'quiet',
  // A guest that panics ends at once: the launcher reads why from the console.
  'panic=-1',
];

export interface Image {
  /** paths */
  readonly kernel: string;
  readonly initrd: string;
  /** hexadecimal, of all that the image is made from */
  readonly key: string;
  /** false if it was there already */
  readonly built: boolean;
  /** as uname -r says it in the guest */
  readonly kernelVersion: string;
}

export interface ImageOptions {
  /** of ours; made if it is missing. README.md has what is in it */
  readonly cacheDirectory: string;
  /** hears one line before each step that takes a while */
  readonly progress?: (step: string) => void;
  /** what the guest runs on; only this machine's own */
  readonly arch?: Architecture;
  /** with the kernel modules that containers need */
  readonly containerEngine?: boolean;
}

/** What Node calls them. */
const ARCHITECTURES: Readonly<Record<string, Architecture>> = { x64: 'x86_64', arm64: 'aarch64' };

/** Counts up when the same inputs are put together in another way. */
const FORMAT = 1;

/** @throws ImageError if this machine lacks something */
export async function buildImage(options: ImageOptions): Promise<Image> {
  const { cacheDirectory, progress = () => undefined, containerEngine = false } = options;
  const arch = architecture(options.arch);
  const packages = new Packages(join(cacheDirectory, 'packages'), progress);
  const kernel = await findKernel({ packages, arch, progress, containers: containerEngine });
  const tree = new Tree();
  addRootFiles(tree);
  addModules(tree, kernel.version, kernel.modules);
  await addBusybox(tree, packages);
  await addDiskTools(tree);
  await addAgent(tree);
  const node = await findNode();
  await addLibraries(tree, node.path);
  tree.symlink('usr/bin/node', `/${HOME}/node`);
  const compressor = await chooseCompressor();

  // Node goes in before it is made small, which takes longer than all the rest of this.
  const plain = readFileSync(node.path);
  const key = keyOf([String(FORMAT), compressor.id, node.stripper], [kernel.data, plain], tree.entries());
  const directory = join(cacheDirectory, 'images', key);
  const image = {
    kernel: join(directory, 'kernel'),
    initrd: join(directory, 'initrd'),
    key,
    kernelVersion: kernel.version,
  };
  if (existsSync(directory)) return { ...image, built: false };

  progress('putting the guest image together');
  tree.file(`${HOME}/node`, await readStripped(node), 0o755);
  const archive = writeCpio(tree.entries());
  progress(`compressing the guest image (${Math.round(archive.length / (1 << 20))} MiB)`);
  keep(directory, { kernel: kernel.data, initrd: aligned(await compressor.compress(archive)) });
  return { ...image, built: true };
}

function architecture(wanted: Architecture | undefined): Architecture {
  const own = ARCHITECTURES[process.arch];
  if (platform !== 'linux' || own === undefined || (wanted !== undefined && wanted !== own)) {
    throw new ImageError(
      `a guest image ${wanted === undefined ? '' : `for ${wanted} `}cannot be built on this machine`,
      'Build it on a Linux of that architecture, or with LinuxKit from vm/linuxkit.yml.',
    );
  }
  return own;
}

/** SHA-256 over everything, each part with its length. */
function keyOf(names: readonly string[], parts: readonly Uint8Array[], entries: readonly Entry[]): string {
  const hash = createHash('sha256');
  const add = (part: Uint8Array | string) => hash.update(`${part.length}:`).update(part);
  for (const part of [...names, ...parts]) add(part);
  for (const entry of entries) {
    const { data, ...rest } = { data: '', ...entry };
    add(JSON.stringify(rest));
    add(data);
  }
  return hash.digest('hex');
}

/** A whole directory or none, also when two build the same at once. */
function keep(directory: string, files: Readonly<Record<string, Uint8Array>>): void {
  const parent = join(directory, '..');
  mkdirSync(parent, { recursive: true });
  const work = mkdtempSync(join(parent, '.new-'));
  try {
    for (const [name, data] of Object.entries(files)) writeFileSync(join(work, name), data);
    if (!existsSync(directory)) renameSync(work, directory);
  } catch (error) {
    // The other one was first: its files are the same.
    if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** To a multiple of 4 bytes, so that a boot's own archive may follow: buffer-format.rst. */
function aligned(data: Buffer): Buffer {
  return Buffer.concat([data, Buffer.alloc(-data.length & 3)]);
}
