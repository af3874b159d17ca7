/**
 * The kernel modules of the image: the few that a guest needs, with what they depend on. Dependencies are read from the
 * modules themselves, so a kernel package that was only unpacked, and has no modules.dep yet, will do.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ImageError } from './error.js';
import { type Modinfo, readModinfo } from './modinfo.js';
import { MODULES } from './needs.js';
import type { Tree } from './tree.js';

const REQUIRED_MODULES = Object.keys(MODULES);

/** Loaded if the kernel has them: console, entropy, network, and the power button with the device it is read from. */
export const WELCOME_MODULES = ['virtio_console', 'virtio_rng', 'virtio_net', 'button', 'evdev'] as const;

/** For containers: bridges and the packet filter; not loaded by init but there when the engine asks. */
export const CONTAINER_MODULES = [
  'bridge',
  'br_netfilter',
  'veth',
  'nf_tables',
  'nf_nat',
  'nft_chain_nat',
  'nft_compat',
  'nft_masq',
  'nft_ct',
  'ip_tables',
  'iptable_filter',
  'iptable_nat',
  'ip6_tables',
  'ip6table_filter',
  'ip6table_nat',
  'xt_MASQUERADE',
  'xt_conntrack',
  'xt_addrtype',
  'xt_nat',
  'xt_mark',
  'xt_multiport',
  'xt_tcpudp',
] as const;

export interface Module {
  /** with underscores */
  readonly name: string;
  /** below /lib/modules/VERSION, without a compression suffix */
  readonly path: string;
  readonly info: Modinfo;
  /** ELF, not compressed */
  readonly data: Buffer;
}

export interface ModuleSet {
  /** dependencies first */
  readonly modules: readonly Module[];
  /** names for init to load, in order */
  readonly load: readonly string[];
}

/** The two spellings of a module's name are one: kmod's rule. */
const canonical = (name: string) => name.replaceAll('-', '_');

/**
 * @param directory /lib/modules/VERSION of the kernel
 * @throws ImageError if a required module is missing
 */
export function collectModules(directory: string, options: { containers?: boolean } = {}): ModuleSet {
  const paths = listed(directory, 'modules.order');
  const builtin = listed(directory, 'modules.builtin');
  const found = new Map<string, Module>();

  const add = (name: string, wantedBy: string): boolean => {
    if (found.has(name) || builtin.has(name)) return true;
    const path = paths.get(name);
    const data = path === undefined ? undefined : readModule(join(directory, path));
    if (path === undefined || data === undefined) return false;
    const info = readModinfo(data, path);
    for (const dependency of info.depends.map(canonical)) {
      if (!add(dependency, name))
        throw new ImageError(`the kernel in ${directory} lacks ${dependency}, which ${wantedBy} needs`);
    }
    found.set(name, { name, path, info, data });
    return true;
  };

  for (const name of REQUIRED_MODULES) {
    if (!add(name, name)) throw new ImageError(`the kernel of ${directory} has no module ${name}`);
  }
  const more = [...WELCOME_MODULES.filter((name) => add(name, name))];
  for (const name of options.containers ? CONTAINER_MODULES : []) add(canonical(name), name);
  const load = [...REQUIRED_MODULES, ...more].filter((name) => found.has(name));
  return { modules: [...found.values()], load };
}

/** Puts the modules where modprobe looks, with the indexes that it and the kernel's own requests use. */
export function addModules(tree: Tree, version: string, { modules, load }: ModuleSet): void {
  const root = `lib/modules/${version}`;
  for (const { path, data } of modules) tree.file(`${root}/${path}`, data);
  tree.file(`${root}/modules.dep`, lines(modules.map((module) => dependencyLine(module, modules))));
  const aliases = modules.flatMap(({ name, info }) => info.aliases.map((alias) => `alias ${alias} ${name}`));
  tree.file(`${root}/modules.alias`, lines(aliases));
  tree.file('etc/modules', lines(load));
}

/** As depmod(8) writes it: all that is needed, nearest first. */
export function dependencyLine(module: Module, modules: readonly Module[]): string {
  const needed = new Set<string>();
  const visit = ({ info }: Module) => {
    for (const name of info.depends.map(canonical)) {
      const dependency = modules.find((candidate) => candidate.name === name);
      if (dependency === undefined) continue;
      // Taken out first: what several need goes behind all of them, since modprobe loads from the end.
      needed.delete(dependency.path);
      needed.add(dependency.path);
      visit(dependency);
    }
  };
  visit(module);
  return [`${module.path}:`, ...needed].join(' ');
}

/** name → path, of modules.order or modules.builtin. */
function listed(directory: string, file: string): Map<string, string> {
  let text: string;
  try {
    text = readFileSync(join(directory, file), 'utf8');
  } catch (error) {
    throw new ImageError(`${directory} does not hold a kernel's modules: ${(error as Error).message}`);
  }
  const paths = text.split('\n').filter((line) => line !== '');
  return new Map(paths.map((path) => [canonical(path.slice(path.lastIndexOf('/') + 1).replace(/\.ko$/, '')), path]));
}

/** Distributions compress modules, or not: suffix → command that writes the plain file to its standard output. */
const COMPRESSED = { '': undefined, '.xz': 'xz', '.zst': 'zstd', '.gz': 'gzip' } as const;

function readModule(path: string): Buffer | undefined {
  for (const [suffix, command] of Object.entries(COMPRESSED)) {
    try {
      const data = readFileSync(path + suffix);
      if (command === undefined) return data;
      return execFileSync(command, ['-dc'], { input: data, maxBuffer: 1 << 28 });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      if ((error as NodeJS.ErrnoException).syscall?.startsWith('spawn'))
        throw new ImageError(`${path + suffix} cannot be unpacked: there is no ${command}`);
    }
  }
  return undefined;
}

const lines = (texts: readonly string[]) => texts.map((text) => `${text}\n`).join('');
