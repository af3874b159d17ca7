/**
 * The TypeScript tables as C++ that does not compile if a number differs from Apple's headers, or a number that both
 * languages need differs between them.
 */
import * as Linux from '../../../protocol/linux.js';
import { DarwinErrno, LAST_DARWIN_ERRNO } from '../errno.js';
import * as Darwin from '../flags.js';

/** Numbers of `protocol/linux.ts` that must be the same on darwin, because nothing translates them. */
const SAME = /^(S_I[A-Z]+|DT_[A-Z]+|[FXWR]_OK|LOCK_(SH|EX|NB|UN))$/;
/** A Linux name for what is `S_ISUID | S_ISGID | S_ISVTX | 0777`. */
const LINUX_ONLY = new Set(['S_IALLUGO']);

/** Constants of the C++ half that repeat a number of TypeScript's. */
const SHARED: readonly (readonly [cxx: string, value: number])[] = [
  ['platform::kOpenNoCache', Darwin.OPEN_NOCACHE],
  ['platform::kKeepSize', Linux.FALLOC_FL_KEEP_SIZE],
  ['platform::kPunchHole', Linux.FALLOC_FL_PUNCH_HOLE],
  ['platform::kZeroRange', Linux.FALLOC_FL_ZERO_RANGE],
  ['platform::kLinuxReadLock', Linux.F_RDLCK],
  ['platform::kLinuxWriteLock', Linux.F_WRLCK],
  ['platform::kLinuxUnlock', Linux.F_UNLCK],
];

const INCLUDES = [
  ...[
    '<dirent.h>',
    '<errno.h>',
    '<fcntl.h>',
    '<stdio.h>',
    '<sys/file.h>',
    '<sys/stat.h>',
    '<sys/xattr.h>',
    '<unistd.h>',
  ],
  ...['"fallocate_modes.h"', '"open_flags.h"', '"platform.h"'],
];

/** Open flags that may come to darwin's open(2) and must not be mistaken for OPEN_NOCACHE. */
const OTHER_OPEN_FLAGS = ['O_EVTONLY', 'O_SYMLINK', 'O_NOFOLLOW_ANY', 'O_SEARCH', 'O_SHLOCK', 'O_EXLOCK', 'O_ASYNC'];

function numbersOf(module: object): [name: string, value: number][] {
  return Object.entries(module).filter((entry): entry is [string, number] => typeof entry[1] === 'number');
}

/** Source of a file that compiles for darwin exactly if the tables are right. */
export function tablesSource(): string {
  const equal = (name: string, value: number) =>
    `static_assert(static_cast<long long>(${name}) == ${value}LL, "${name} is not ${value}");`;
  const flags = numbersOf(Darwin).filter(([name]) => name !== 'OPEN_NOCACHE');
  const same = numbersOf(Linux).filter(([name]) => SAME.test(name) && !LINUX_ONLY.has(name));
  const ours = flags.filter(([name]) => name.startsWith('O_')).map(([name]) => name);
  return [
    ...INCLUDES.map((header) => `#include ${header}`),
    ...Object.entries(DarwinErrno).map(([name, number]) => equal(name, number)),
    equal('ELAST', LAST_DARWIN_ERRNO),
    equal('EWOULDBLOCK', DarwinErrno.EAGAIN),
    ...flags.map(([name, value]) => equal(name, value)),
    ...same.map(([name, value]) => equal(name, value)),
    ...SHARED.map(([name, value]) => equal(name, value)),
    ...[...ours, ...OTHER_OPEN_FLAGS].map(
      (name) => `static_assert((${name} & platform::kOpenNoCache) == 0, "OPEN_NOCACHE is ${name}");`,
    ),
    '',
  ].join('\n');
}
