/** Failed calls as exceptions. */
import assert from 'node:assert/strict';
import { check, isSystemError, os, SystemError, WOKEN } from '../../native/index.js';
import { Errno } from '../../protocol/errno.js';
import { text } from './support/fixture.js';

describe('native: SystemError', () => {
  it('carries number, name, call and path, and a sentence of them', () => {
    const path = '/var/tmp/osmofs none';
    assert.throws(
      () => check(os.openRoot(text(path)), 'openRoot', path),
      (error: SystemError) => {
        assert.ok(error instanceof SystemError && error instanceof Error);
        assert.deepEqual(
          [error.name, error.errno, error.code, error.syscall, error.path],
          ['SystemError', Errno.ENOENT, 'ENOENT', 'openRoot', path],
        );
        assert.match(error.message, /^ENOENT: .+, openRoot '\/var\/tmp\/osmofs none'$/);
        assert.ok(isSystemError(error) && isSystemError(error, 'EPERM', 'ENOENT') && !isSystemError(error, 'EPERM'));
        return true;
      },
    );
  });

  it('has no path where the call had none', () => {
    const error = new SystemError(-Errno.EBADF, 'close');
    assert.deepEqual([error.errno, 'path' in error], [Errno.EBADF, false]);
    assert.match(error.message, /, close$/);
  });

  it('check passes results on, and only those', () => {
    assert.equal(check(0, 'x'), 0);
    assert.equal(check(17, 'x'), 17);
    assert.throws(() => check(WOKEN, 'x'), SystemError);
    assert.ok(!isSystemError(new Error('x')) && !isSystemError(undefined));
  });
});
