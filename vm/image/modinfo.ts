/** What a kernel module says of itself: the `.modinfo` section of its ELF file, `key=value` strings with NUL between. */
import { ImageError } from './error.js';

// <elf.h>, 64-bit little endian
const ELF_MAGIC = 0x464c457f;
const E_SHOFF = 40;
const E_SHENTSIZE = 58;
const E_SHNUM = 60;
const E_SHSTRNDX = 62;
const SH_OFFSET = 24;
const SH_SIZE = 32;

export interface Modinfo {
  /** names of modules that must be there first, in the module's own spelling */
  readonly depends: readonly string[];
  /** what the kernel may ask for by, patterns */
  readonly aliases: readonly string[];
}

/** @param name shown in the error. @throws ImageError if this is no module */
export function readModinfo(module: Buffer, name: string): Modinfo {
  const strings = sectionOf(module, '.modinfo')?.toString('latin1').split('\0');
  if (strings === undefined) throw new ImageError(`${name} is not a kernel module that this tool can read`);
  const values = (key: string) =>
    strings.filter((text) => text.startsWith(`${key}=`)).map((text) => text.slice(key.length + 1));
  return {
    depends: values('depends').flatMap((list) => list.split(',').filter((item) => item !== '')),
    aliases: values('alias'),
  };
}

function sectionOf(elf: Buffer, wanted: string): Buffer | undefined {
  try {
    if (elf.readUInt32LE(0) !== ELF_MAGIC) return undefined;
    const start = Number(elf.readBigUInt64LE(E_SHOFF));
    const size = elf.readUInt16LE(E_SHENTSIZE);
    const header = (index: number) => elf.subarray(start + index * size, start + (index + 1) * size);
    const bytes = (section: Buffer) => {
      const offset = Number(section.readBigUInt64LE(SH_OFFSET));
      return elf.subarray(offset, offset + Number(section.readBigUInt64LE(SH_SIZE)));
    };
    const names = bytes(header(elf.readUInt16LE(E_SHSTRNDX)));
    for (let index = 0; index < elf.readUInt16LE(E_SHNUM); index++) {
      const section = header(index);
      const from = section.readUInt32LE(0);
      if (names.toString('latin1', from, names.indexOf(0, from)) === wanted) return bytes(section);
    }
  } catch (error) {
    // An offset outside the file.
    if (!(error instanceof RangeError)) throw error;
  }
  return undefined;
}
