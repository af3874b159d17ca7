import assert from 'node:assert/strict';
import { chooseWatcher } from '../../../../host/watch/choice.js';
import { FUSE, WITHOUT_EVENTS } from '../../../../host/watch/file-systems.js';
import { inotifyLimit, notWatched } from '../../../../host/watch/linux/limits.js';
import { Errno } from '../../../../protocol/errno.js';

const linux = (magic: number, ...types: string[]) =>
  chooseWatcher({ system: 'linux', magic, local: false, name: '', types });
const darwin = (name: string, local: boolean) => chooseWatcher({ system: 'darwin', magic: 0, local, name, types: [] });

describe('host/watch: which watcher', () => {
  const rows: [what: string, made: ReturnType<typeof linux>, kind: string, says: RegExp][] = [
    ['ext4', linux(0xef53, 'ext4'), 'inotify', /^ext4 is a file system of this machine$/],
    ['tmpfs, unknown to the mount table', linux(0x01021994), 'inotify', /^it is/],
    ['NFS', linux(0x6969, 'nfs4'), 'polling', /^NFS has no events .* polled$/],
    ['CIFS', linux(0xff534d42, 'cifs'), 'polling', /^CIFS/],
    ['SMB2', linux(0xfe534d42, 'smb3'), 'polling', /^SMB2/],
    ['9p', linux(0x01021997, '9p'), 'polling', /^9p/],
    ['VirtualBox', linux(0x786f4256, 'vboxsf'), 'polling', /^VirtualBox/],
    ['sshfs', linux(FUSE, 'fuse.sshfs'), 'polling', /^fuse\.sshfs/],
    ['virtiofs', linux(FUSE, 'virtiofs'), 'polling', /^virtiofs/],
    ['FUSE that the mount table does not know', linux(FUSE), 'polling', /^FUSE/],
    ['ntfs-3g', linux(FUSE, 'fuseblk'), 'inotify', /disk of this machine/],
    ['ntfs-3g, or something over it', linux(FUSE, 'fuseblk', 'fuse.sshfs'), 'polling', /polled/],
    ['APFS', darwin('apfs', true), 'fsevents', /^apfs is a file system of this machine$/],
    ['NFS of macOS', darwin('nfs', false), 'polling', /^nfs/],
    ['SMB of macOS', darwin('smbfs', false), 'polling', /^smbfs/],
  ];
  for (const [what, { kind, reason }, wanted, says] of rows) {
    it(`${what}: ${wanted}`, () => {
      assert.equal(kind, wanted);
      assert.match(reason, says);
    });
  }

  it('no number of a file system without events is that of a local one', () => {
    // ext, tmpfs, xfs, btrfs, f2fs, overlay, zfs, bcachefs
    const local = [0xef53, 0x01021994, 0x58465342, 0x9123683e, 0xf2f52010, 0x794c7630, 0x2fc12fc1, 0xca451a4e];
    for (const magic of local) assert.ok(!WITHOUT_EVENTS.has(magic), magic.toString(16));
  });
});

describe('host/watch: why a directory is not watched', () => {
  const limit = (name: string) => (name === 'max_user_watches' ? 17 : undefined);
  const rows: [number, string, RegExp][] = [
    [Errno.ENOSPC, 'ENOSPC', /max_user_watches is 17;/],
    [Errno.EMFILE, 'EMFILE', /max_user_instances is unknown;/],
    [Errno.EACCES, 'EACCES', /^it may not be read$/],
    [Errno.ENOTDIR, 'ENOTDIR', /^it is no directory$/],
    [Errno.ENOSYS, 'ENOSYS', /^this system has no inotify$/],
    [Errno.ENOMEM, 'ENOMEM', /^inotify: /],
  ];
  for (const [errno, code, says] of rows) {
    it(`${code} is a sentence`, () => {
      const { watched, reason, ...rest } = notWatched(errno, limit);
      assert.deepEqual([watched, rest.code], [false, code]);
      assert.match(reason, says);
    });
  }

  it('a limit that cannot be read is not known', () => {
    assert.equal(inotifyLimit('max_user_watches', '/nonexistent'), undefined);
  });
});
