/** Extended attributes of an open file, of an object descriptor, and of a name below a directory. */
import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { os, SELF } from '../../native/index.js';
import * as L from '../../protocol/linux.js';
import { bytes, directory, fails, OUT, raw, succeeds, text, using } from './support/fixture.js';

describe('native: extended attributes', () => {
  const place = directory();
  const value = (length: number) => bytes.toString('latin1', OUT, OUT + succeeds(length));
  /** The three ways to one object. */
  const ways: [string, (use: (fd: number, nameOff: () => number) => void) => void][] = [
    ['an open file', (use) => using(os.openFile(place.fd, text('file'), L.O_RDONLY, 0), (fd) => use(fd, () => SELF))],
    ['an object descriptor', (use) => using(os.openObject(place.fd, text('file')), (fd) => use(fd, () => SELF))],
    ['a name', (use) => use(place.fd, () => text('file'))],
  ];

  before(() => {
    writeFileSync(`${place.path}/file`, '');
    mkdirSync(`${place.path}/directory`);
    symlinkSync('file', `${place.path}/symlink`);
  });

  for (const [way, reach] of ways) {
    it(`sets, gets, lists and removes through ${way}`, () => {
      reach((fd, name) => {
        const content = Buffer.from([0, 1, 0xff, 0]);
        succeeds(os.setxattr(fd, name(), text('user.one'), raw(content), content.length, 0));
        assert.equal(os.getxattr(fd, name(), text('user.one'), OUT, 0), 4);
        assert.equal(value(os.getxattr(fd, name(), text('user.one'), OUT, 100)), content.toString('latin1'));
        fails(os.getxattr(fd, name(), text('user.one'), OUT, 3), 'ERANGE');
        fails(os.setxattr(fd, name(), text('user.one'), OUT, 1, L.XATTR_CREATE), 'EEXIST');
        fails(os.setxattr(fd, name(), text('user.none'), OUT, 1, L.XATTR_REPLACE), 'ENODATA');
        succeeds(os.setxattr(fd, name(), text('user.empty'), OUT, 0, L.XATTR_CREATE));
        assert.equal(os.getxattr(fd, name(), text('user.empty'), OUT, 100), 0);
        const list = value(os.listxattr(fd, name(), OUT, 1000))
          .split('\0')
          .filter((each) => each.startsWith('user.'));
        assert.deepEqual(list.sort(), ['user.empty', 'user.one']);
        assert.equal(os.listxattr(fd, name(), OUT, 0), os.listxattr(fd, name(), OUT, 1000));
        fails(os.listxattr(fd, name(), OUT, 5), 'ERANGE');
        succeeds(os.removexattr(fd, name(), text('user.one')));
        succeeds(os.removexattr(fd, name(), text('user.empty')));
        fails(os.removexattr(fd, name(), text('user.one')), 'ENODATA');
        fails(os.getxattr(fd, name(), text('user.one'), OUT, 100), 'ENODATA');
      });
    });
  }

  it('works on a directory and never follows a symlink', () => {
    succeeds(os.setxattr(place.fd, text('directory'), text('user.d'), OUT, 1, 0));
    succeeds(os.setxattr(place.fd, text('file'), text('user.f'), OUT, 1, 0));
    for (const act of [
      () => os.setxattr(place.fd, text('symlink'), text('user.s'), OUT, 1, 0),
      () => using(os.openObject(place.fd, text('symlink')), (fd) => os.setxattr(fd, SELF, text('user.s'), OUT, 1, 0)),
    ]) {
      fails(act(), 'EPERM');
    }
    assert.ok(os.getxattr(place.fd, text('symlink'), text('user.f'), OUT, 100) < 0);
    using(os.openObject(place.fd, text('symlink')), (fd) =>
      assert.ok(os.getxattr(fd, SELF, text('user.f'), OUT, 100) < 0),
    );
  });

  it('says what is wrong', () => {
    fails(os.getxattr(place.fd, text('none'), text('user.x'), OUT, 0), 'ENOENT');
    fails(os.getxattr(9999, text('file'), text('user.x'), OUT, 0), 'EBADF');
    fails(os.getxattr(9999, SELF, text('user.x'), OUT, 0), 'EBADF');
    fails(os.setxattr(place.fd, text('file'), text(`user.${'x'.repeat(251)}`), OUT, 1, 0), 'ERANGE');
    fails(os.setxattr(place.fd, text('file'), text('nonsense'), OUT, 1, 0), 'EOPNOTSUPP');
    fails(os.setxattr(place.fd, text('file'), text('user.large'), OUT, 65537, 0), 'E2BIG');
  });
});
