import assert from 'node:assert/strict';
import { parseMountTable, readMountTable } from '../../../host/mount-table.js';

describe('host/mount-table', () => {
  it('reads targets and types, whatever stands between', () => {
    const text = [
      '22 1 254:1 / / rw,relatime - ext4 /dev/vda1 rw',
      '36 22 0:52 / /mnt/my\\040site rw shared:1 master:2 - fuse.osmofs /home/me/a\\011b rw,user_id=0',
      '37 22 0:53 / /a\\134b\\012c rw - fuse.sshfs x rw',
      'garbage',
      '',
    ].join('\n');
    assert.deepEqual(parseMountTable(text), [
      { target: '/', type: 'ext4', source: '/dev/vda1' },
      { target: '/mnt/my site', type: 'fuse.osmofs', source: '/home/me/a\tb' },
      { target: '/a\\b\nc', type: 'fuse.sshfs', source: 'x' },
    ]);
  });

  it('finds the root of this machine', async () => {
    assert.ok((await readMountTable()).some(({ target }) => target === '/'));
  });
});
