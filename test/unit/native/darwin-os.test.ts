import assert from 'node:assert/strict';
import type { Addon } from '../../../native/addon.js';
import { errnoTable } from '../../../native/darwin/errno.js';
import { darwin } from '../../../native/darwin/os.js';
import { Errno } from '../../../protocol/errno.js';
import * as Linux from '../../../protocol/linux.js';

type Call = [name: string, ...args: unknown[]];

/** An addon that notes each call and answers with 7. Its functions are own properties, as the real one's are. */
function recorder(names: readonly string[]): { addon: Addon; calls: Call[] } {
  const calls: Call[] = [];
  const entries = names.map((name) => [
    name,
    (...args: unknown[]) => {
      calls.push([name, ...args]);
      return 7;
    },
  ]);
  return { addon: Object.fromEntries(entries) as Addon, calls };
}

/** Calls whose flags darwin numbers differently: what goes in, what must arrive. */
const translated: [call: string, given: number[], arriving: number[]][] = [
  ['openFile', [3, 64, Linux.O_RDWR | Linux.O_CREAT | Linux.O_EXCL, 0o644], [3, 64, 0x2 | 0x200 | 0x800, 0o644]],
  ['openFile', [3, 64, Linux.O_RDONLY | Linux.O_DIRECT, 0], [3, 64, 0x10000000, 0]],
  ['reopen', [9, Linux.O_WRONLY | Linux.O_TRUNC | Linux.O_APPEND], [9, 0x1 | 0x400 | 0x8]],
  ['reopen', [9, Linux.O_RDONLY | Linux.O_DIRECTORY], [9, 0x100000]],
  ['rename', [3, 0, 4, 16, 0], [3, 0, 4, 16, 0]],
  ['rename', [3, 0, 4, 16, Linux.RENAME_NOREPLACE], [3, 0, 4, 16, 0x4]],
  ['rename', [3, 0, 4, 16, Linux.RENAME_EXCHANGE], [3, 0, 4, 16, 0x2]],
  ['seek', [5, 32, Linux.SEEK_END], [5, 32, 2]],
  ['seek', [5, 32, Linux.SEEK_DATA], [5, 32, 4]],
  ['seek', [5, 32, Linux.SEEK_HOLE], [5, 32, 3]],
  ['setxattr', [5, -1, 8, 16, 4, Linux.XATTR_CREATE], [5, -1, 8, 16, 4, 0x2]],
  ['setxattr', [5, 0, 8, 16, 4, Linux.XATTR_REPLACE], [5, 0, 8, 16, 4, 0x4]],
];

/** Refused before the system is asked. */
const refused: [call: string, given: number[], errno: number][] = [
  ['openFile', [3, 64, Linux.O_TMPFILE | Linux.O_RDWR, 0o600], Errno.EOPNOTSUPP],
  ['openFile', [3, 64, Linux.O_PATH, 0], Errno.EINVAL],
  ['reopen', [9, Linux.O_PATH], Errno.EINVAL],
  ['openTemporary', [3, Linux.O_RDWR, 0o600], Errno.EOPNOTSUPP],
  ['rename', [3, 0, 4, 16, Linux.RENAME_WHITEOUT], Errno.EINVAL],
  ['rename', [3, 0, 4, 16, Linux.RENAME_NOREPLACE | Linux.RENAME_EXCHANGE], Errno.EINVAL],
  ['seek', [5, 32, 9], Errno.EINVAL],
  ['setxattr', [5, -1, 8, 16, 4, 8], Errno.EINVAL],
];

const linuxOnly = [
  ...['fuseOpen', 'mount', 'unmount', 'bindDirectory', 'agentWait', 'fuseWrite', 'pumpStart', 'pumpStatus', 'pumpStop'],
  ...['announcerStart', 'announcerPush', 'announcerOpen', 'announcerFollow', 'announcerChanges', 'announcerRelease'],
  ...['announcerInjector', 'announcerCounts', 'announcerStop'],
  ...['connectVsock', 'duplicateOnto', 'openPipe', 'openTerminal', 'setTerminalSize'],
  ...['inotifyCreate', 'inotifyAdd', 'inotifyRemove'],
  ...['inotifyQueueStart', 'inotifyQueueDrain', 'inotifyQueueStatistics', 'inotifyQueueStop'],
];

/** No flags, or the same numbers on both systems: the addon's own functions. */
const passed = [
  ...['createArena', 'attachArena', 'openRoot', 'openDirectory', 'openObject', 'close', 'duplicate', 'pathOf'],
  ...[
    'stat',
    'statBirth',
    'readlink',
    'access',
    'statfs',
    'fileSystemOf',
    'readDirectory',
    'mknod',
    'mkdir',
    'symlink',
    'unlink',
  ],
  ...['rmdir', 'link', 'chmod', 'chown', 'utimens', 'truncate', 'getxattr', 'listxattr', 'removexattr', 'lockTest'],
  ...['lockSet', 'flock', 'pread', 'pwrite', 'laneReplyRead', 'laneReceiveWrite', 'laneSubmit', 'connectUnix'],
];

describe('darwin os', () => {
  const names = new Set([...translated, ...refused].map(([name]) => name));
  const all = ['setErrnoTable', ...names, ...linuxOnly, ...passed];
  const call = (os: object, name: string, args: number[]) =>
    (os as Record<string, (...args: number[]) => number>)[name](...args);

  it('is darwin, and gives the addon the errno table before anything else', () => {
    const { addon, calls } = recorder(all);
    assert.equal(darwin(addon).platform, 'darwin');
    assert.deepEqual(calls, [['setErrnoTable', errnoTable]]);
  });

  for (const [name, given, arriving] of translated) {
    it(`${name}(${given.join(', ')}) arrives as (${arriving.join(', ')})`, () => {
      const { addon, calls } = recorder(all);
      assert.equal(call(darwin(addon), name, given), 7);
      assert.deepEqual(calls.slice(1), [[name, ...arriving]]);
    });
  }

  for (const [name, given, errno] of refused) {
    it(`${name}(${given.join(', ')}) is -${errno} without asking the system`, () => {
      const { addon, calls } = recorder(all);
      assert.equal(call(darwin(addon), name, given), -errno);
      assert.equal(calls.length, 1);
    });
  }

  it('says ENOSYS to every call of the guest side, and of inotify', () => {
    const { addon, calls } = recorder(all);
    const os = darwin(addon);
    for (const name of linuxOnly) assert.equal(call(os, name, [1, 2, 3, 4, 5, 6, 7, 8]), -Errno.ENOSYS, name);
    assert.equal(calls.length, 1);
  });

  it('hands the other calls through untouched', () => {
    const { addon } = recorder(all);
    const os = darwin(addon) as unknown as Record<string, unknown>;
    for (const name of passed) assert.equal(os[name], (addon as unknown as Record<string, unknown>)[name], name);
  });
});
