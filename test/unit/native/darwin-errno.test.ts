import assert from 'node:assert/strict';
import {
  DarwinErrno,
  errnoTable,
  LAST_DARWIN_ERRNO,
  toDarwinErrno,
  toLinuxErrno,
} from '../../../native/darwin/errno.js';
import { Errno } from '../../../protocol/errno.js';

type Name = keyof typeof DarwinErrno;

describe('darwin errno', () => {
  it('has every number of sys/errno.h, 1 … 106, once', () => {
    const numbers = Object.values(DarwinErrno).sort((a, b) => a - b);
    assert.deepEqual(
      numbers,
      Array.from({ length: LAST_DARWIN_ERRNO }, (_, i) => i + 1),
    );
  });

  it('leaves what has the same name on Linux under that name', () => {
    const different = new Set(['ENODATA', 'EOPNOTSUPP']);
    for (const [name, number] of Object.entries(DarwinErrno)) {
      if (name in Errno) assert.equal(toLinuxErrno(number), Errno[name as keyof typeof Errno], name);
      if (name in Errno && !different.has(name)) assert.equal(toDarwinErrno(Errno[name as keyof typeof Errno]), number);
    }
  });

  const pinned: [Name, number][] = [
    ['EDEADLK', 35],
    ['EAGAIN', 11],
    ['ENOTSUP', 95],
    ['EOPNOTSUPP', 95],
    ['ELOOP', 40],
    ['ENAMETOOLONG', 36],
    ['ENOTEMPTY', 39],
    ['EDQUOT', 122],
    ['ESTALE', 116],
    ['ENOLCK', 37],
    ['ENOSYS', 38],
    ['EOVERFLOW', 75],
    ['ECANCELED', 125],
    ['EILSEQ', 84],
    ['ENOATTR', 61],
    ['ENODATA', 61],
    ['ECONNRESET', 104],
    ['ENOTCONN', 107],
    ['EFTYPE', 22],
    ['EAUTH', 13],
    ['ENEEDAUTH', 13],
    ['EDEVERR', 5],
    ['EPWROFF', 5],
    ['EBADEXEC', 8],
    ['EBADARCH', 8],
    ['EBADMACHO', 8],
    ['ESHLIBVERS', 80],
    ['EPROCLIM', 11],
    ['EBADRPC', 121],
    ['EPROCUNAVAIL', 121],
    ['ENOPOLICY', 95],
    ['EQFULL', 105],
    ['EOWNERDEAD', 130],
    ['ENOTRECOVERABLE', 131],
  ];
  for (const [name, linux] of pinned) {
    it(`${name} (${DarwinErrno[name]}) is Linux ${linux}`, () => assert.equal(toLinuxErrno(DarwinErrno[name]), linux));
  }

  it('gives every darwin number a number that Linux has', () => {
    const known = new Set<number>(Object.values(Errno));
    for (let number = 1; number <= LAST_DARWIN_ERRNO; number++) assert.ok(known.has(toLinuxErrno(number)), `${number}`);
  });

  it('gives every Linux number a number that darwin has', () => {
    const known = new Set<number>(Object.values(DarwinErrno));
    for (const [name, number] of Object.entries(Errno)) assert.ok(known.has(toDarwinErrno(number)), name);
  });

  it('comes back to the same Linux number where darwin has a name for it', () => {
    for (const [name, number] of Object.entries(Errno)) {
      if (name in DarwinErrno) assert.equal(toLinuxErrno(toDarwinErrno(number)), number, name);
    }
  });

  it('chooses, of two darwin numbers for one Linux number, those that file systems use', () => {
    assert.equal(toDarwinErrno(Errno.ENODATA), DarwinErrno.ENOATTR);
    assert.equal(toDarwinErrno(Errno.EOPNOTSUPP), DarwinErrno.ENOTSUP);
  });

  it('calls a number that it does not know EIO, both ways', () => {
    for (const unknown of [0, -1, LAST_DARWIN_ERRNO + 1, 4000]) assert.equal(toLinuxErrno(unknown), Errno.EIO);
    for (const unknown of [0, -1, 41, 134, 4000]) assert.equal(toDarwinErrno(unknown), DarwinErrno.EIO);
  });

  it('gives the addon the same as a table, with nothing at 0', () => {
    assert.equal(errnoTable.length, LAST_DARWIN_ERRNO + 1);
    assert.equal(errnoTable[0], 0);
    for (let number = 1; number < errnoTable.length; number++) assert.equal(errnoTable[number], toLinuxErrno(number));
  });
});
