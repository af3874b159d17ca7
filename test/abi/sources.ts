/** Where the truth about each part of the mirror comes from. */
import { existsSync, readFileSync } from 'node:fs';
import * as linux from '../../protocol/linux.js';
import { askCompiler, evaluate, hasCompiler, type Layout } from './compiler.js';
import { parseHeader } from './header.js';

const FUSE_HEADER = '/usr/include/linux/fuse.h';
const NEWER_HEADER = new URL('../../../test/abi/newer.h', import.meta.url);
const GOLDEN = new URL('../../../test/abi/golden.json', import.meta.url);

/** What test/abi/golden.json holds: the answers of one machine, for those that cannot be asked. */
export interface Golden {
  /** What was asked: for people. */
  readonly from: string;
  readonly fuse: Layout;
  readonly newer: Layout;
  /** FUSE_DIRENT_SIZE and FUSE_DIRENTPLUS_SIZE of names of 1, 2, … bytes. */
  readonly direntSizes: readonly number[];
  readonly direntplusSizes: readonly number[];
  readonly linux: Readonly<Record<string, string>>;
  readonly errno: Readonly<Record<string, string>>;
}

export const goldenFile = GOLDEN;

export function readGolden(): Golden {
  return JSON.parse(readFileSync(GOLDEN, 'utf8')) as Golden;
}

/** Whether this machine can be asked: a compiler and Linux's headers. */
export function canAsk(): boolean {
  return existsSync(FUSE_HEADER) && hasCompiler();
}

/** In the header but not in the mirror, with the reason. */
export const LEFT_OUT: Readonly<Record<string, string>> = {
  FUSE_NOTIFY_CODE_MAX: 'an end mark that moved with every new code; gone in 7.45',
  FUSE_REMOVEMAPPING_MAX_ENTRY: "depends on the guest's page size",
  FUSE_NAME_OFFSET: 'in dirent.ts, compared with the record sizes',
  FUSE_NAME_OFFSET_DIRENTPLUS: 'in dirent.ts, compared with the record sizes',
};

/** Functions of dirent.ts that stand for the macros with parameters. */
export const MACROS: readonly string[] = [
  'FUSE_REC_ALIGN',
  'FUSE_DIRENT_ALIGN',
  'FUSE_DIRENT_SIZE',
  'FUSE_DIRENTPLUS_SIZE',
];

/** Layout of the machine's <linux/fuse.h>. */
export function askFuse(): { layout: Layout; functions: readonly string[] } {
  const names = parseHeader(readFileSync(FUSE_HEADER, 'utf8'));
  const constants = names.constants.filter((name) => !(name in LEFT_OUT));
  const preamble = '#include <sys/ioctl.h>\n#include <stddef.h>\n#include <linux/fuse.h>';
  return { layout: askCompiler(preamble, { structs: names.structs, constants }), functions: names.functions };
}

/** Layout of newer.h. */
export function askNewer(): Layout {
  const text = readFileSync(NEWER_HEADER, 'utf8');
  return askCompiler(text, parseHeader(text));
}

/** Longest name the record sizes are asked for. */
export const DIRENT_NAMES = 64;

export function askDirentSizes(): { direntSizes: number[]; direntplusSizes: number[] } {
  const preamble = `#include <stddef.h>
#include <linux/fuse.h>
#define DIRENT(n) FUSE_DIRENT_SIZE(&(struct fuse_dirent){ .namelen = n })
#define DIRENTPLUS(n) FUSE_DIRENTPLUS_SIZE(&(struct fuse_direntplus){ .dirent = { .namelen = n } })`;
  const lengths = Array.from({ length: DIRENT_NAMES }, (_, index) => index + 1);
  const values = evaluate(
    preamble,
    lengths.flatMap((n) => [`DIRENT(${n})`, `DIRENTPLUS(${n})`]),
  );
  return {
    direntSizes: lengths.map((n) => Number(values[`DIRENT(${n})`])),
    direntplusSizes: lengths.map((n) => Number(values[`DIRENTPLUS(${n})`])),
  };
}

/** Constants of linux.ts that no header for programs defines. */
const NOT_IN_HEADERS: readonly string[] = ['FMODE_EXEC', 'S_IALLUGO'];
/** Defined by the C library only; all others come from the kernel's headers, which do not go together with it. */
const FROM_LIBC = /^(DT_|MNT_|UMOUNT_|[FRWX]_OK$)/;

/** Numbers of linux.ts, from the headers. */
export function askLinux(): Record<string, string> {
  const names = Object.entries(linux).filter(
    ([name, value]) => typeof value === 'number' && !NOT_IN_HEADERS.includes(name),
  );
  const all = names.map(([name]) => name);
  // <linux/stat.h> leaves out what <sys/stat.h> defines if it sees the C library.
  const kernel = ['asm/fcntl', 'linux/fcntl', 'linux/falloc', 'linux/fs', 'linux/xattr', 'linux/limits', 'linux/stat']
    .map((header) => `#include <${header}.h>`)
    .join('\n');
  return {
    ...evaluate(
      kernel,
      all.filter((name) => !FROM_LIBC.test(name)),
    ),
    ...evaluate(
      '#define _GNU_SOURCE\n#include <dirent.h>\n#include <sys/mount.h>\n#include <unistd.h>',
      all.filter((name) => FROM_LIBC.test(name)),
    ),
  };
}

/** Every errno that <errno.h> defines. */
export function askErrno(names: readonly string[]): Record<string, string> {
  return evaluate('#include <errno.h>', names);
}
