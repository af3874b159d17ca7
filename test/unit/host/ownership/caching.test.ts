import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { take } from './fixture.js';
import { shares } from './shares.js';

const alice = { uid: 1001, gid: 101 };
const caller = { kind: 'caller' } as const;
const slot = 4;

describe('ownership: what was read is remembered', () => {
  const open = shares();

  for (const [what, record, seen] of [
    ['a record', '5:6:x', { uid: 5, gid: 6 }],
    ['that there is none', undefined, alice],
  ] as const) {
    it(`${what}: no attribute is asked for again`, () => {
      const share = open(caller);
      share.file('f');
      if (record !== undefined) share.setAttribute('f', record);
      share.settle('f');
      assert.deepEqual(share.report('f', { ...alice, slot }), { ...seen, mode: 0o644 });
      take(share.counts);
      assert.deepEqual(share.report('f', { ...alice, slot }), { ...seen, mode: 0o644 });
      assert.deepEqual(take(share.counts), {});
    });
  }

  it('without a slot nothing is', () => {
    const share = open(caller);
    share.file('f');
    share.settle('f');
    for (let time = 0; time < 2; time++) {
      share.report('f', alice);
      assert.equal(take(share.counts).listxattr, 1);
    }
  });

  it('nor of an object that changed a moment ago', () => {
    const share = open(caller);
    share.file('f');
    const now = Date.now;
    try {
      const ctimeMs = Number(share.hostCtime('f') / 1_000_000n);
      Date.now = () => ctimeMs + 15;
      share.report('f', { ...alice, slot });
      take(share.counts);
      share.report('f', { ...alice, slot });
      assert.equal(take(share.counts).listxattr, 1, 'asked again');
      Date.now = () => ctimeMs + 25;
      share.report('f', { ...alice, slot });
      take(share.counts);
      share.report('f', { ...alice, slot });
      assert.deepEqual(take(share.counts), {}, 'and not, once it is old enough');
    } finally {
      Date.now = now;
    }
  });

  it('costs no memory in steady state', () => {
    const share = open(caller);
    share.file('f');
    share.setAttribute('f', '4000000000:6:002755');
    share.settle('f');
    const report = share.reporter('f', { ...alice, slot });
    const times = 200_000;
    for (let time = 0; time < times; time++) report();
    take(share.counts);
    // The median of several: other tests' garbage may be collected, or the compiler may allocate, during one of them.
    const growths = Array.from({ length: 5 }, () => {
      const before = process.memoryUsage().heapUsed;
      for (let time = 0; time < times; time++) report();
      return process.memoryUsage().heapUsed - before;
    });
    const grown = growths.sort((one, other) => one - other)[2];
    assert.deepEqual(take(share.counts), {});
    assert.ok(grown < times, `${grown} bytes for ${times} reports`);
  });
});

describe('ownership: what the host changes behind our back is seen', () => {
  const open = shares();

  const changes: [what: string, change: (share: ReturnType<typeof open>) => void, seen: object][] = [
    ['a record written', (share) => share.setAttribute('f', '7:8:x'), { uid: 7, gid: 8, mode: 0o644 }],
    ['a record removed', (share) => share.removeAttribute('f'), { ...alice, mode: 0o644 }],
    ['a mode changed', (share) => fs.chmodSync(share.path('f'), 0o600), { uid: 5, gid: 6, mode: 0o600 }],
    [
      'a file put in its place',
      (share) => {
        share.file('new', 0o604);
        fs.renameSync(share.path('new'), share.path('f'));
      },
      { ...alice, mode: 0o604 },
    ],
  ];
  for (const [what, change, seen] of changes) {
    it(what, () => {
      const share = open(caller);
      share.file('f');
      share.setAttribute('f', '5:6:x');
      share.settle('f');
      for (let time = 0; time < 2; time++) {
        assert.deepEqual(share.report('f', { ...alice, slot }), { uid: 5, gid: 6, mode: 0o644 });
      }
      change(share);
      assert.deepEqual(share.report('f', { ...alice, slot }), seen);
    });
  }

  it('every one of a hundred changes in a row', () => {
    const share = open(caller);
    share.file('f');
    for (let uid = 1; uid <= 100; uid++) {
      share.setAttribute('f', `${uid}:x:x`);
      assert.equal(share.report('f', { ...alice, slot }).uid, uid);
    }
  });

  it('what we change ourselves, too', () => {
    const share = open(caller);
    share.file('f');
    share.settle('f');
    share.report('f', { ...alice, slot });
    assert.equal(share.chown('f', 5, 6, { ...alice, slot }), 0);
    assert.deepEqual(share.report('f', { ...alice, slot }), { uid: 5, gid: 6, mode: 0o644 });
    share.settle('f');
    share.report('f', { ...alice, slot });
    assert.equal(share.chmod('f', 0o600, { ...alice, slot }), 0);
    assert.deepEqual(share.report('f', { ...alice, slot }), { uid: 5, gid: 6, mode: 0o600 });
  });

  it('a slot that stands for another object now', () => {
    const share = open(caller);
    share.file('f');
    share.file('g');
    share.setAttribute('f', '5:6:x');
    share.settle('f');
    share.report('f', { ...alice, slot });
    assert.deepEqual(share.report('g', { ...alice, slot }), { ...alice, mode: 0o644 });
    share.ownership.forget(slot);
    assert.deepEqual(share.report('f', { ...alice, slot }), { uid: 5, gid: 6, mode: 0o644 });
  });
});
