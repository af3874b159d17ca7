import assert from 'node:assert/strict';
import { checkPlacement, chooseName, findCircle, type Placed, unmountOrder } from '../../../host/mount-rules.js';
import { problem } from './problems.js';

function placed(source: string, target: string, more: Partial<Placed> = {}): Placed {
  const name = more.name ?? source.split('/').at(-1)!;
  return {
    name,
    guest: 'local',
    source,
    target,
    local: true,
    sourceIdentity: source,
    targetAncestry: [target],
    ...more,
  };
}

describe('host/mount-rules: placement', () => {
  const web = placed('/src/web', '/mnt/web');
  const allowed: [what: string, wanted: Placed, others: Placed[]][] = [
    ['the first one', web, []],
    ['beside another', placed('/src/db', '/mnt/db'), [web]],
    ['with a longer name', placed('/src/x', '/mnt/web2'), [web]],
    ['the same source twice', placed('/src/web', '/mnt/again'), [web]],
    ['a source inside another source', placed('/src/web/inner', '/mnt/inner'), [web]],
    ['a target inside another source', placed('/src/db', '/src/web/db'), [web]],
    ['the same target in another guest', placed('/src/db', '/mnt/web', { guest: 'vm', local: false }), [web]],
    [
      'anything that concerns paths of this machine, in a guest',
      placed('/src/a', '/src/a', { guest: 'vm', local: false }),
      [web],
    ],
  ];
  for (const [what, wanted, others] of allowed) it(`allows ${what}`, () => checkPlacement(wanted, others));

  const refused: [what: string, wanted: Placed, others: Placed[], says: string][] = [
    ['a taken target', placed('/a', '/mnt/web'), [web], '/mnt/web: already a mount point (web, /mnt/web)'],
    ['a target in a mount', placed('/a', '/mnt/web/x'), [web], '/mnt/web/x: inside an osmofs mount (web, /mnt/web)'],
    ['a target above a mount', placed('/a', '/mnt'), [web], '/mnt: would hide an osmofs mount (web, /mnt/web)'],
    [
      'the same in a guest',
      placed('/a', '/m', { guest: 'vm', local: false }),
      [placed('/b', '/m', { guest: 'vm' })],
      'already a mount point',
    ],
    ['the source itself', placed('/a', '/a'), [], '/a: the source itself'],
    [
      'a target in its source',
      placed('/a', '/a/b'),
      [],
      '/a/b: inside its own source /a: the mount would contain itself',
    ],
    ['a target around its source', placed('/a/b', '/a'), [], '/a: its source /a/b is inside: the mount would hide it'],
    ['the root as source', placed('/', '/mnt/all'), [], 'inside its own source /'],
    [
      'a source bind-mounted around the target',
      placed('/a', '/bound/x', { sourceIdentity: '1:7', targetAncestry: ['1:9', '1:7', '1:2'] }),
      [],
      'inside its own source /a',
    ],
    [
      'a source in a mount',
      placed('/mnt/web/in ner', '/mnt/b'),
      [web],
      "inside an osmofs mount (web). Mount what it shows instead: '/src/web/in ner'",
    ],
    [
      'a target around another source',
      placed('/a', '/src'),
      [web],
      '/src: would hide the source of an osmofs mount (web, /src/web)',
    ],
    [
      'two mounts that serve each other',
      placed('/src/db', '/src/web/db'),
      [placed('/src/web', '/src/db/web')],
      'mounts would serve each other in a circle (web, db)',
    ],
  ];
  for (const [what, wanted, others, says] of refused) {
    it(`refuses ${what}`, () => assert.throws(() => checkPlacement(wanted, others), problem('conflict', says)));
  }
});

describe('host/mount-rules: circles', () => {
  it('are found over any number of mounts', () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    const ring = names.map((name, at) => placed(`/${name}`, `/${names[(at + 4) % 5]}/x`, { name }));
    assert.deepEqual(
      findCircle(ring)
        ?.map(({ name }) => name)
        .sort(),
      names,
    );
    assert.equal(findCircle(ring.slice(1)), undefined);
  });

  it('are not seen where ways only meet', () => {
    const top = placed('/a', '/t', { name: 'top' });
    const left = placed('/l', '/a/l');
    const right = placed('/r', '/a/r');
    const bottom = placed('/b', '/l/b', { targetAncestry: ['/r'] });
    assert.equal(findCircle([top, left, right, bottom]), undefined);
  });
});

describe('host/mount-rules: the order of unmounting', () => {
  const names = (mounts: Placed[]) => unmountOrder(mounts).map(({ name }) => name);

  it('is the last one first', () => {
    assert.deepEqual(names([placed('/a', '/m/a'), placed('/b', '/m/b'), placed('/c', '/m/c')]), ['c', 'b', 'a']);
  });

  it('has one that serves another’s place before that one', () => {
    assert.deepEqual(names([placed('/a', '/m/a'), placed('/b', '/a/b'), placed('/c', '/b/c')]), ['a', 'b', 'c']);
    assert.deepEqual(names([placed('/c', '/b/c'), placed('/b', '/a/b'), placed('/a', '/m/a')]), ['a', 'b', 'c']);
  });
});

describe('host/mount-rules: names', () => {
  const none = new Set<string>();

  for (const [source, name] of [
    ['/home/me/site', 'site'],
    ['/', 'share'],
    ['/a/.config', 'config'],
    ['/a/my site (2)', 'my-site-2-'],
    ['/a/日本', 'share'],
    [`/${'x'.repeat(255)}`, 'x'.repeat(58)],
  ] as const) {
    it(`${source.slice(0, 20)} is called ${name.slice(0, 20)}`, () =>
      assert.equal(chooseName(undefined, source, none), name));
  }

  it('are numbered when they are taken', () => {
    assert.equal(chooseName(undefined, '/a/x', new Set(['x', 'x-2'])), 'x-3');
  });

  it('are as asked for, if that is valid and free', () => {
    assert.equal(chooseName('db.1_a-b', '/a/x', none), 'db.1_a-b');
    assert.throws(
      () => chooseName('x', '/a/y', new Set(['x'])),
      problem('conflict', 'osmofs: x: a mount of that name exists'),
    );
    for (const name of ['', '-x', '.x', 'a/b', 'a b', 'x'.repeat(64), 'ä']) {
      assert.throws(() => chooseName(name, '/a/y', none), problem('usage', 'not a valid name'));
    }
  });
});
