/** The guest's kernel: one that this machine has, or Debian's, which is fetched once. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ImageError } from './error.js';
import { collectModules, type ModuleSet } from './modules.js';
import { byVersion, type Packages } from './packages.js';

/** Debian's kernels for virtual machines: they leave out the drivers of real ones, so they are small and start sooner. */
export const PACKAGE = { x86_64: 'linux-image-cloud-amd64', aarch64: 'linux-image-cloud-arm64' } as const;

export type Architecture = keyof typeof PACKAGE;

export interface Kernel {
  /** as uname -r will say */
  readonly version: string;
  /** vmlinuz */
  readonly data: Buffer;
  readonly modules: ModuleSet;
}

export interface KernelOptions {
  readonly packages: Packages;
  readonly arch: Architecture;
  readonly containers: boolean;
  readonly progress: (step: string) => void;
  /** where boot/ and lib/modules/ are looked for; the machine's own root unless a test says otherwise */
  readonly root?: string;
}

/** @throws ImageError with what is wrong with the last kernel that was looked at */
export async function findKernel(options: KernelOptions): Promise<Kernel> {
  const { packages, arch, progress, root = '/' } = options;
  for (const place of [root, ...packages.unpacked('linux-image-').reverse()]) {
    for (const version of versionsIn(place)) {
      try {
        return readKernel(place, version, options.containers);
      } catch (error) {
        // A kernel that only root may read, or one without a module that is needed: the next will do.
        progress(`not with kernel ${version}: ${(error as Error).message}`);
      }
    }
  }
  const place = await packages.fetch(await packages.standsFor(PACKAGE[arch]));
  const version = versionsIn(place)[0];
  if (version === undefined) throw new ImageError(`there is no kernel in ${place}`);
  return readKernel(place, version, options.containers);
}

/** Newest first. */
function versionsIn(root: string): string[] {
  let names: string[];
  try {
    names = readdirSync(join(root, 'boot'));
  } catch {
    return [];
  }
  const versions = names.flatMap((name) => /^vmlinuz-(\d.*)$/.exec(name)?.[1] ?? []);
  return versions.sort(byVersion).reverse();
}

function readKernel(root: string, version: string, containers: boolean): Kernel {
  const data = readFileSync(join(root, 'boot', `vmlinuz-${version}`));
  return { version, data, modules: collectModules(join(root, 'lib/modules', version), { containers }) };
}
