import assert from 'node:assert/strict';
import { optionString } from '../../../guest/fusermount.js';

const plain = {
  source: '/home/me/site',
  subtype: 'osmofs',
  readOnly: false,
  defaultPermissions: false,
  allowOther: false,
  maxRead: 1_048_576,
};

describe('guest/fusermount', () => {
  it('lists what fusermount3 takes', () => {
    assert.equal(optionString(plain), 'fsname=/home/me/site,subtype=osmofs,max_read=1048576,rw');
    const all = { ...plain, readOnly: true, defaultPermissions: true, allowOther: true };
    assert.match(optionString(all), /,ro,default_permissions,allow_other$/);
  });

  it('escapes what would end an option', () => {
    assert.match(optionString({ ...plain, source: 'a,suid\\b' }), /^fsname=a\\,suid\\\\b,subtype=/);
  });
});
