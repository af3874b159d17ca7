import assert from 'node:assert/strict';
import { Errno } from '../../../protocol/errno.js';
import { refuseXattrName } from '../../../protocol/xattr-policy.js';

const AT = 3;

/** With the name in the middle of other bytes, as in a request. */
function refusal(name: string): number {
  const length = Buffer.byteLength(name);
  return refuseXattrName(Buffer.from(`xyz${name}\0user.user.`), AT, length);
}

describe('protocol/xattr-policy', () => {
  for (const name of [
    'user.a',
    'user..',
    'user.osmofs',
    'user.security.capability',
    'user.Zoë',
    `user.${'n'.repeat(250)}`,
  ])
    it(`leaves ${name.slice(0, 30)} to the object`, () => assert.equal(refusal(name), 0));

  for (const name of [
    ...['security.capability', 'security.selinux', 'security.ima', 'system.posix_acl_access', 'trusted.overlay.opaque'],
    ...[
      '',
      'u',
      'user',
      'users.a',
      'user_a',
      'User.a',
      'USER.A',
      ' user.a',
      'com.apple.quarantine',
      'btrfs.compression',
    ],
  ])
    it(`refuses "${name}" with EOPNOTSUPP`, () => assert.equal(refusal(name), -Errno.EOPNOTSUPP));

  it('refuses a prefix without a name with EINVAL', () => assert.equal(refusal('user.'), -Errno.EINVAL));

  for (const prefix of ['user.', 'security.'])
    it(`refuses ${prefix}… of more than 255 bytes with ERANGE`, () => {
      assert.equal(refusal(prefix.padEnd(256, 'n')), -Errno.ERANGE);
      assert.notEqual(refusal(prefix.padEnd(255, 'n')), -Errno.ERANGE);
    });
});
