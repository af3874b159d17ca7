/** A mount with --ro: every change is EROFS, everything else works, and the host's tree stays as it is. */
import assert from 'node:assert/strict';
import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import * as sys from '../support/sys.js';
import { World } from './support/world.js';

const { C } = sys;

describe('a read-only mount', () => {
  let world: World;
  before(async () => {
    world = await World.open(['--ro', '--ownership', 'host']);
    mkdirSync(`${world.host}/d`);
    mkdirSync(`${world.host}/empty`);
    writeFileSync(`${world.host}/f`, 'content');
    writeFileSync(`${world.host}/d/g`, 'more');
    symlinkSync('f', `${world.host}/l`);
    sys.setxattr(`${world.host}/f`, 'user.a', 'b');
  });
  afterEach(() => {
    sys.unmapAll();
    sys.closeAll();
  });
  after(() => world?.close());
  const at = (name: string) => `${world.guest}/${name}`;

  const changes: Record<string, () => unknown> = {
    'open for writing': () => sys.open(at('f'), C.O_WRONLY),
    'open for reading and writing': () => sys.open(at('f'), C.O_RDWR),
    'open with O_TRUNC': () => sys.open(at('f'), C.O_RDONLY | C.O_TRUNC),
    'open with O_APPEND': () => sys.open(at('f'), C.O_WRONLY | C.O_APPEND),
    creation: () => sys.open(at('new'), C.O_WRONLY | C.O_CREAT),
    O_TMPFILE: () => sys.open(at('d'), C.O_RDWR | C.O_TMPFILE),
    truncate: () => sys.truncate(at('f'), 0),
    mkdir: () => sys.mkdir(at('new')),
    mknod: () => sys.mknod(at('new'), C.S_IFREG | 0o644),
    mkfifo: () => sys.mknod(at('new'), C.S_IFIFO | 0o644),
    symlink: () => sys.symlink('x', at('new')),
    link: () => sys.link(at('f'), at('new')),
    unlink: () => sys.unlink(at('f')),
    rmdir: () => sys.rmdir(at('empty')),
    rename: () => sys.rename(at('f'), at('new')),
    'rename over': () => sys.rename(at('f'), at('d/g')),
    chmod: () => sys.chmod(at('f'), 0o600),
    chown: () => sys.chown(at('f'), 1, 1),
    utimes: () => sys.utimens(at('f'), 1n, 1n),
    setxattr: () => sys.setxattr(at('f'), 'user.x', 'y'),
    removexattr: () => sys.removexattr(at('f'), 'user.a'),
    'access for writing': () => sys.access(at('f'), C.W_OK),
  };
  for (const [what, change] of Object.entries(changes)) {
    it(`${what} is EROFS`, () => assert.throws(change, { code: 'EROFS' }));
  }

  it('reads everything', () => {
    assert.equal(readFileSync(at('f'), 'utf8'), 'content');
    assert.equal(readFileSync(at('l'), 'utf8'), 'content');
    assert.equal(readlinkSync(at('l')), 'f');
    assert.deepEqual(readdirSync(world.guest).sort(), ['d', 'empty', 'f', 'l']);
    assert.equal(sys.getxattr(at('f'), 'user.a').toString(), 'b');
    const fd = sys.open(at('f'), C.O_RDONLY);
    const address = sys.mmap(fd, 4096, C.PROT_READ, C.MAP_SHARED);
    assert.equal(sys.load(address, 7).toString(), 'content');
    sys.fsync(fd);
    sys.flock(fd, C.LOCK_SH);
    assert.throws(() => sys.ftruncate(fd, 0), { code: 'EINVAL' });
    assert.throws(() => sys.write(fd, 'x'), { code: 'EBADF' });
  });

  it('sees what the host changes', () => {
    writeFileSync(`${world.host}/d/g`, 'changed on the host');
    assert.equal(readFileSync(at('d/g'), 'utf8'), 'changed on the host');
  });

  it('has changed nothing', () => {
    assert.deepEqual(readdirSync(world.host).sort(), ['d', 'empty', 'f', 'l']);
    assert.equal(readFileSync(`${world.host}/f`, 'utf8'), 'content');
    assert.equal(lstatSync(`${world.host}/f`).mode & 0o777, 0o644);
    assert.equal(lstatSync(`${world.host}/f`).uid, process.getuid?.());
  });
});
