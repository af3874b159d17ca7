import assert from 'node:assert/strict';
import { filterList, isHidden } from '../../../../host/ownership/hidden.js';

const HIDDEN = [
  'user.containers.override_stat',
  'trusted.containers.override_stat',
  'com.docker.grpcfuse.ownership',
  'user.com.docker.grpcfuse.ownership',
];
const VISIBLE = [
  'user.containers.override_sta',
  'user.containers.override_stats',
  'User.containers.override_stat',
  'security.containers.override_stat',
  'user.',
  'u',
  '',
];

describe('hidden attributes: by name', () => {
  const check = (name: string) => {
    const bytes = new TextEncoder().encode(`..${name}\0rest`);
    return isHidden(bytes, 2, name.length);
  };
  for (const name of HIDDEN) it(`${name} is hidden`, () => assert.equal(check(name), true));
  for (const name of VISIBLE) it(`${JSON.stringify(name)} is not`, () => assert.equal(check(name), false));
});

describe('hidden attributes: in a list', () => {
  const [ours, trusted, docker, userDocker] = HIDDEN as [string, string, string, string];
  const cases: [list: string[], left: string[]][] = [
    [[], []],
    [['user.a'], ['user.a']],
    [[ours], []],
    [[ours, 'user.a'], ['user.a']],
    [['user.a', ours], ['user.a']],
    [
      ['user.a', ours, 'user.b', trusted, docker, userDocker, 'security.selinux'],
      ['user.a', 'user.b', 'security.selinux'],
    ],
    [HIDDEN, []],
  ];
  for (const [list, left] of cases) {
    it(`${list.length} names, ${left.length} left`, () => {
      const bytes = new TextEncoder().encode(`##${list.map((name) => `${name}\0`).join('')}##`);
      const length = filterList(bytes, 2, bytes.length - 4);
      assert.deepEqual(Buffer.from(bytes.subarray(2, 2 + length)).toString(), left.map((name) => `${name}\0`).join(''));
      assert.equal(Buffer.from(bytes.subarray(-2)).toString(), '##', 'touches nothing behind the list');
    });
  }
});
