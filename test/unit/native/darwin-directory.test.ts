import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { Errno } from '../../../protocol/errno.js';
import * as Linux from '../../../protocol/linux.js';
import { onDarwin } from './darwin-on-linux.js';

onDarwin('native/darwin on top of Linux: directories', (t) => {
  const fill = (count: number) => {
    for (let i = 0; i < count; i++) fs.writeFileSync(t.path(`file-${i}`), '');
  };
  const listing = () => t.fd(t.os.openFile(t.root, '.', Linux.O_RDONLY | Linux.O_DIRECTORY));
  const names = (entries: { name: string }[]) => entries.map(({ name }) => name).sort();

  it('lists every entry once with ".", "..", inode and type, whatever the room', () => {
    fill(1500);
    fs.mkdirSync(t.path('sub'));
    fs.symlinkSync('sub', t.path('link'));
    t.os.addon.mknod(t.root, t.os.put('fifo'), Linux.S_IFIFO | 0o600);
    t.os.addon.mknod(t.root, t.os.put('socket'), Linux.S_IFSOCK | 0o600);
    const expected = ['.', '..', ...fs.readdirSync(t.place)].sort();
    for (const capacity of [64, 100, 4096, 65536, 1 << 20]) {
      assert.deepEqual(names(t.os.list(listing(), 0n, capacity)), expected, `${capacity}`);
    }
    const types = new Map(t.os.list(listing()).map(({ name, type }) => [name, type]));
    assert.equal(types.get('.'), Linux.DT_DIR);
    assert.equal(types.get('sub'), Linux.DT_DIR);
    assert.equal(types.get('link'), Linux.DT_LNK);
    assert.equal(types.get('fifo'), Linux.DT_FIFO);
    assert.equal(types.get('socket'), Linux.DT_SOCK);
    assert.equal(types.get('file-7'), Linux.DT_REG);
    for (const { name, ino } of t.os.list(listing()).slice(2)) assert.equal(ino, t.stat(t.root, name).ino);
  });

  it('goes on from any cookie it has given, backwards too', () => {
    fill(700);
    const from = listing();
    const all = t.os.list(from);
    for (const at of [0, 1, 2, 3, 350, 699, 701, 5, 120]) {
      assert.deepEqual(t.os.list(from, all[at].off, 4096), all.slice(at + 1));
    }
  });

  it('shows what is left exactly once while entries are removed behind and before the reader', () => {
    fill(900);
    const from = listing();
    const first = t.os.readDirectory(from, 0n, 16384);
    assert.ok(Array.isArray(first));
    for (const { name } of first.slice(2)) fs.unlinkSync(t.path(name));
    const rest = t.os.list(from, first.at(-1)!.off, 2048);
    assert.deepEqual(
      names([...first, ...rest]),
      names(Array.from({ length: 900 }, (_, i) => ({ name: `file-${i}` })).concat([{ name: '.' }, { name: '..' }])),
    );
    assert.deepEqual(t.os.list(from, first[3].off), [...first.slice(4), ...rest]);
  });

  it('sees the directory as it is then when it is rewound', () => {
    fill(3);
    const from = listing();
    assert.equal(t.os.list(from).length, 5);
    fs.unlinkSync(t.path('file-1'));
    fs.writeFileSync(t.path('new'), '');
    assert.deepEqual(names(t.os.list(from)), ['.', '..', 'file-0', 'file-2', 'new']);
  });

  it('says EINVAL where not even one entry fits, and 0 behind the end', () => {
    fill(1);
    const from = listing();
    assert.equal(t.os.readDirectory(from, 0n, 31), -Errno.EINVAL);
    assert.equal((t.os.readDirectory(from, 0n, 32) as unknown[]).length, 1);
    for (const cookie of [3n, 4n, 1n << 40n, (1n << 64n) - 1n]) assert.deepEqual(t.os.readDirectory(from, cookie), []);
  });

  it('keeps descriptors apart, and a new one apart from a closed one of the same number', () => {
    fill(40);
    fs.mkdirSync(t.path('other'));
    fs.writeFileSync(t.path('other', 'only'), '');
    const one = t.os.addon.openFile(t.root, t.os.put('.'), Linux.O_RDONLY | Linux.O_DIRECTORY, 0);
    const cookie = t.os.list(one, 0n, 256)[3].off;
    t.os.addon.close(one);
    const other = t.fd(t.os.openFile(t.root, 'other', Linux.O_RDONLY | Linux.O_DIRECTORY));
    assert.equal(other, one, 'this machine gives the lowest free number');
    assert.deepEqual(names(t.os.list(other)), ['.', '..', 'only']);
    assert.deepEqual(t.os.list(other, cookie), []);
  });

  it('reads on after somebody else moved the descriptor', () => {
    fill(200);
    const from = listing();
    const first = t.os.readDirectory(from, 0n, 1024);
    assert.ok(Array.isArray(first));
    t.os.seek(from, 0n, Linux.SEEK_SET);
    assert.equal(first.length + t.os.list(from, first.at(-1)!.off).length, 202);
  });

  it('needs a descriptor open for reading, of a directory', () => {
    fill(1);
    assert.equal(t.os.readDirectory(t.fd(t.os.openFile(t.root, 'file-0', Linux.O_RDONLY)), 0n), -Errno.ENOTDIR);
    t.os.addon.mknod(t.root, t.os.put('fifo'), Linux.S_IFIFO | 0o600);
    assert.ok((t.os.readDirectory(t.fd(t.os.openObject(t.root, 'fifo')), 0n) as number) < 0);
  });
});
