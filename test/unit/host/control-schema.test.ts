import assert from 'node:assert/strict';
import { schemas, validate } from '../../../host/control-schema.js';
import { problem } from './problems.js';

describe('host/control-schema', () => {
  const full = {
    source: '/src',
    target: '/dst',
    guest: 'local',
    name: 'x',
    consistency: 'cached',
    ownership: 'strict',
    uid: 0,
    gid: 4294967294,
    readOnly: true,
    nonempty: false,
  } as const;

  it('takes requests as they are', () => {
    assert.deepEqual(validate(schemas.mount, full), full);
    assert.deepEqual(validate(schemas.mount, { source: '/', target: '/m' }), { source: '/', target: '/m' });
    for (const select of ['all', { target: '/m' }, { name: 'x', target: '/m' }])
      validate(schemas.unmount, { select, lazy: false });
  });

  const wrong: [what: string, body: unknown, says: string][] = [
    ['nothing', undefined, 'the request: '],
    ['a list', [], 'source: '],
    ['a relative path', { ...full, source: 'src' }, 'source: must be an absolute path'],
    ['a path with a NUL', { ...full, target: '/a\0b' }, 'target: has a NUL character'],
    [
      'a path that no system call takes',
      { ...full, target: `/${'x'.repeat(4095)}` },
      'target: is longer than 4095 bytes',
    ],
    ['a mode nobody knows', { ...full, consistency: 'eventual' }, 'consistency: '],
    ['a uid that means "leave alone"', { ...full, uid: 4294967295 }, 'uid: '],
    ['a uid that is no number', { ...full, uid: '0' }, 'uid: '],
    ['a fraction', { ...full, gid: 0.5 }, 'gid: '],
    ['a guest’s name with a slash', { ...full, guest: '../vm' }, 'guest: is not a valid name'],
    ['a key nobody knows', { ...full, privileged: true }, 'privileged: no such key'],
    ['a key that must not be undefined', { ...full, source: undefined }, 'source: '],
  ];
  for (const [what, body, says] of wrong) {
    it(`refuses ${what}, naming the key`, () => {
      assert.throws(() => validate(schemas.mount, body), problem('bad-request', `osmofs: ${says}`));
    });
  }

  it('refuses selections that select nothing', () => {
    for (const select of [undefined, 'some', {}, { name: 'x' }, { name: '', target: '/m' }, { target: 'm' }]) {
      assert.throws(() => validate(schemas.unmount, { select, lazy: true }), problem('bad-request', 'select'));
    }
  });
});
