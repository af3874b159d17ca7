import assert from 'node:assert/strict';
import { parseMountinfo, topmost } from '../../../guest/mountinfo.js';

const text = [
  '22 1 254:0 / / rw,relatime shared:1 master:2 propagate_from:3 - ext4 /dev/root rw',
  '36 22 0:31 / /mnt/with\\040space\\011tab\\012line\\134back rw - fuse.osmofs /home/me rw,user_id=0',
  '37 22 0:32 / /mnt/a rw - tmpfs tmpfs rw',
  '38 37 0:33 / /mnt/a rw shared:9 - fuse.osmofs /home/me rw,user_id=0',
  '39 22 0:34 / /mnt/b\u00ff\u00fe rw - tmpfs tmpfs rw',
  'a line of a kernel to come',
  '',
].join('\n');

describe('guest/mountinfo', () => {
  const entries = parseMountinfo(text);

  it('takes the fields whatever stands in between', () => {
    const [root] = entries;
    assert.deepEqual(root, { id: 22, device: '254:0', point: Buffer.from('/'), type: 'ext4' });
  });

  it('unescapes mount points', () => {
    assert.equal(entries[1]!.point.toString(), '/mnt/with space\ttab\nline\\back');
  });

  it('keeps bytes that are not UTF-8', () => {
    assert.deepEqual([...entries[4]!.point.subarray(-2)], [0xff, 0xfe]);
  });

  it('passes over lines it does not understand', () => assert.equal(entries.length, 5));

  it('finds the mount on top', () => {
    assert.equal(topmost(entries, Buffer.from('/mnt/a'))?.id, 38);
    assert.equal(topmost(entries, Buffer.from('/mnt/c')), undefined);
  });
});
