/** Kernels as files, with modules that are ELF files of one section: enough for what reads them. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** An ELF file whose `.modinfo` says this. */
export function moduleFile(depends: readonly string[], aliases: readonly string[] = []): Buffer {
  const info = Buffer.from(
    [...aliases.map((alias) => `alias=${alias}`), `depends=${depends.join(',')}`, ''].join('\0'),
  );
  const names = Buffer.from('\0.modinfo\0.shstrtab\0');
  const headers = 64 + info.length + names.length;
  const elf = Buffer.alloc(headers + 3 * 64);
  elf.write('\x7fELF\x02\x01\x01', 0, 'latin1');
  elf.writeBigUInt64LE(BigInt(headers), 40);
  elf.writeUInt16LE(64, 58);
  elf.writeUInt16LE(3, 60);
  elf.writeUInt16LE(2, 62);
  info.copy(elf, 64);
  names.copy(elf, 64 + info.length);
  const section = (index: number, name: number, offset: number, size: number) => {
    const at = headers + index * 64;
    elf.writeUInt32LE(name, at);
    elf.writeBigUInt64LE(BigInt(offset), at + 24);
    elf.writeBigUInt64LE(BigInt(size), at + 32);
  };
  section(1, 1, 64, info.length);
  section(2, 10, 64 + info.length, names.length);
  return elf;
}

export interface FakeModule {
  readonly depends?: readonly string[];
  readonly aliases?: readonly string[];
  readonly builtin?: boolean;
}

/** Below `root`, boot/vmlinuz-VERSION and lib/modules/VERSION. */
export function writeKernel(root: string, version: string, modules: Readonly<Record<string, FakeModule>>): string {
  const directory = join(root, 'lib/modules', version);
  const lists: Record<string, string[]> = { 'modules.order': [], 'modules.builtin': [] };
  for (const [name, { depends = [], aliases = [], builtin = false }] of Object.entries(modules)) {
    const path = `kernel/drivers/${name}.ko`;
    lists[builtin ? 'modules.builtin' : 'modules.order']!.push(path);
    if (builtin) continue;
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), moduleFile(depends, aliases));
  }
  mkdirSync(join(root, 'boot'), { recursive: true });
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(root, 'boot', `vmlinuz-${version}`), `kernel ${version}`);
  for (const [name, paths] of Object.entries(lists))
    writeFileSync(join(directory, name), paths.map((path) => `${path}\n`).join(''));
  return directory;
}
