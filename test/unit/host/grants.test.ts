import assert from 'node:assert/strict';
import { type FileSystem, grantsFor } from '../../../host/grants.js';

/** "type point, type point", oldest first. */
function table(text: string): FileSystem[] {
  return text.split(', ').map((line) => {
    const [type, point] = line.split(' ');
    return { type: type!, point: point! };
  });
}

const flushes = (root: string, mounts: string) => grantsFor(root, table(mounts)).flushForLocksOnly;

describe('host/grants', () => {
  it('names other than user.* may be refused by the agent on every share', () => {
    assert.ok(grantsFor('/a', undefined).userXattrsOnly);
    assert.ok(grantsFor('/a', table('nfs4 /')).userXattrsOnly);
  });

  for (const [mounts, root = '/srv/share'] of [
    ['ext4 /'],
    ['overlay /, proc /proc, ext4 /srv'],
    ['nfs4 /, xfs /srv/share'],
    ['ext4 /, tmpfs /srv/share/tmp, btrfs /srv/share/data'],
    ['ext4 /, nfs4 /srv/share2, fuse.sshfs /srv/shar, cifs /mnt/srv/share/x'],
    ['apfs /, devfs /dev, apfs /System/Volumes/Data, autofs /home', '/Users/me'],
    ['zfs /', '/'],
    // An automount point and what it has mounted.
    ['ext4 /, autofs /srv, ext4 /srv'],
    // Whatever lies below a mount is hidden by it.
    ['nfs4 /srv, ext4 /srv'],
  ] as const) {
    it(`${root}: close has nothing to say with ${mounts}`, () => assert.ok(flushes(root, mounts)));
  }

  for (const [mounts, root = '/srv/share'] of [
    ...['nfs4 /', 'overlay /', 'fuse.sshfs /', 'vfat /', 'ext4x /', 'EXT4 /'].map((text) => [text] as const),
    ['ext4 /, nfs4 /srv/share'],
    ['ext4 /, cifs /srv'],
    ['ext4 /, ext4 /srv, nfs4 /srv'],
    ['ext4 /, nfs4 /srv/share/deep/down'],
    ['ext4 /, autofs /srv/share/auto'],
    ['ext4 /, fuse.osmofs /srv/share/mnt, tmpfs /srv/share/mnt'],
    // Mounted over the way to an older mount.
    ['ext4 /srv/share, nfs4 /srv'],
    ['ext4 /srv/share, ext4 /, nfs4 /'],
    ['ext4 /, proc /proc', '/'],
    // A table without the root's own file system is not believed.
    ['ext4 /mnt'],
  ] as const) {
    it(`${root}: close may have something to say with ${mounts}`, () => assert.ok(!flushes(root, mounts)));
  }

  it('nothing is believed of a mount table that cannot be read', () => {
    assert.ok(!grantsFor('/srv/share', undefined).flushForLocksOnly);
  });
});
