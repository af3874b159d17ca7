/** Builds the image in this process. It takes a few hundred MiB while it does: index.ts starts a process for it. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { platform } from '../../native/platform.js';
import { addAgent, HOME } from './bundle.js';
import { addBusybox } from './busybox.js';
import { chooseCompressor } from './compress.js';
import { type Entry, writeCpio } from './cpio.js';
import { addDiskTools } from './disk-tools.js';
import { ImageError } from './error.js';
import type { Image, ImageOptions } from './image.js';
import { type Architecture, findKernel } from './kernel.js';
import { addModules } from './modules.js';
import { findNode, type NodeProgram, readStripped } from './node.js';
import { Packages } from './packages.js';
import { addLibraries } from './programs.js';
import { addRootFiles } from './root-files.js';
import { ImageStore } from './store.js';
import { Tree } from './tree.js';

/** What Node calls them. */
const ARCHITECTURES: Readonly<Record<string, Architecture>> = { x64: 'x86_64', arm64: 'aarch64' };

/** Counts up when the same inputs are put together in another way. */
const FORMAT = 1;

/** @throws ImageError if this machine lacks something */
export async function build(options: ImageOptions): Promise<Image> {
  const { cacheDirectory, progress = () => undefined, containerEngine = false } = options;
  const arch = architecture(options.arch);
  const packages = new Packages(join(cacheDirectory, 'packages'), progress);
  const kernel = await findKernel({ packages, arch, progress, containers: containerEngine });
  const node = await findNode();
  const tree = await treeWithoutNode(packages, node);
  addModules(tree, kernel.version, kernel.modules);
  const compressor = await chooseCompressor();

  // Node as it is, since to make it small takes longer than all the rest of this.
  const inputs = [kernel.data, readFileSync(node.path)];
  const key = keyOf([String(FORMAT), compressor.id, node.stripper], inputs, tree.entries());
  const store = new ImageStore(join(cacheDirectory, 'images'));
  const image = (directory: string, built: boolean): Image => ({
    kernel: join(directory, 'kernel'),
    initrd: join(directory, 'initrd'),
    key,
    built,
    kernelVersion: kernel.version,
  });
  const present = store.find(key);
  if (present !== undefined) return image(present, false);

  progress('putting the guest image together');
  tree.file(`${HOME}/node`, await readStripped(node), 0o755);
  const archive = writeCpio(tree.entries());
  progress(`compressing the guest image, ${Math.round(archive.length / (1 << 20))} MiB`);
  const initrd = aligned(await compressor.compress(archive));
  return image(store.keep(key, { kernel: kernel.data, initrd }), true);
}

async function treeWithoutNode(packages: Packages, node: NodeProgram): Promise<Tree> {
  const tree = new Tree();
  addRootFiles(tree);
  await addBusybox(tree, packages);
  await addDiskTools(tree);
  await addAgent(tree);
  await addLibraries(tree, node.path);
  return tree.symlink('usr/bin/node', `/${HOME}/node`);
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

/** To a multiple of 4 bytes, so that a boot's own archive may follow: buffer-format.rst. */
function aligned(data: Buffer): Buffer {
  return Buffer.concat([data, Buffer.alloc(-data.length & 3)]);
}
