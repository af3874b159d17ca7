import assert from 'node:assert/strict';
import { mountRequest } from '../../../../host/cli/commands/mount.js';
import { type MountWords, mergeWords, parseMountSpec, splitColons } from '../../../../host/cli/mount-spec.js';
import { problem } from '../problems.js';

describe('host/cli/mount-spec', () => {
  const right: [words: [string, string?], expected: object][] = [
    [['/src'], { source: '/src', target: undefined }],
    [['src'], { source: 'src', target: undefined }],
    [['/src', '/dst'], { source: '/src', target: '/dst' }],
    [['/src:/dst'], { source: '/src', target: '/dst' }],
    [['/src:/dst:ro'], { source: '/src', target: '/dst', readOnly: true }],
    [['/src:/dst:rw'], { source: '/src', target: '/dst', readOnly: false }],
    [['/src:/dst:cached'], { source: '/src', target: '/dst', consistency: 'cached' }],
    [['/src:/dst:default'], { source: '/src', target: '/dst', consistency: 'default' }],
    [
      ['/src:/dst:ro,delegated,ownership=strict,uid=5,gid=4294967294'],
      {
        source: '/src',
        target: '/dst',
        readOnly: true,
        consistency: 'delegated',
        ownership: 'strict',
        uid: 5,
        gid: 4294967294,
      },
    ],
    [['/src:/dst:ro,ro,cached,cached'], { source: '/src', target: '/dst', readOnly: true, consistency: 'cached' }],
    [['/a\\:b:/c'], { source: '/a:b', target: '/c' }],
    [['/a:/b\\:c:ro'], { source: '/a', target: '/b:c', readOnly: true }],
    [['/a\\\\:/b'], { source: '/a\\', target: '/b' }],
    [['/a\\b:/c\\'], { source: '/a\\b', target: '/c\\' }],
    [['/src', '/d:st:ro'], { source: '/src', target: '/d:st:ro' }],
    [['/src:./ro'], { source: '/src', target: './ro' }],
    [['/src:ro:rw'], { source: '/src', target: 'ro', readOnly: false }],
    [['/with space:/and tab\t'], { source: '/with space', target: '/and tab\t' }],
  ];
  for (const [words, expected] of right) {
    it(`reads ${words.join(' ')}`, () => assert.deepEqual(parseMountSpec(...words), expected));
  }

  const wrong: [words: [string, string?], says: RegExp][] = [
    [[''], /no source/],
    [[':/dst'], /no source/],
    [['/src:'], /no target after the colon/],
    [['/src::ro'], /no target after the colon/],
    [['/src:/dst:'], /no options after the second colon/],
    [['/src:/dst:ro:x'], /more than two colons\. A colon in a path is written \\:/],
    [['/src:/dst', '/other'], /given twice/],
    [['/src', ''], /target is empty/],
    [['/src:ro'], /ro is an option, not a target\. For a directory of that name: \.\/ro/],
    [['/src:cached'], /cached is an option/],
    [['/src:/dst:ro,rw'], /ro and rw contradict each other/],
    [['/src:/dst:cached,consistent'], /cached and consistent contradict/],
    [['/src:/dst:uid=1,uid=2'], /uid=1 and uid=2 contradict/],
    [['/src:/dst:ownership=nobody'], /ownership=nobody is not one of caller, strict, host/],
    [['/src:/dst:ownership'], /ownership= is not one of caller/],
    [['/src:/dst:uid=x'], /uid must be a number/],
    [['/src:/dst:uid='], /uid must be a number/],
    [['/src:/dst:gid=-1'], /gid must be a number/],
    [['/src:/dst:gid=4294967295'], /gid must be a number of 0 to 4294967294/],
    [['/src:/dst:ro,'], /unknown option ''/],
    [['/src:/dst:z'], /unknown option z\. Known: ro, rw, consistent/],
    [['/src:/dst:RO'], /unknown option RO/],
  ];
  for (const [words, says] of wrong) {
    it(`refuses ${words.join(' ') || 'nothing'}`, () => {
      assert.throws(() => parseMountSpec(...words), problem('usage', says));
    });
  }

  it('splits at every colon that is not protected', () => {
    assert.deepEqual(splitColons('a:b\\:c::\\\\:d\\'), ['a', 'b:c', '', '\\', 'd\\']);
  });
});

describe('host/cli/mount-spec: options and flags together', () => {
  const merge = (text: string, flags: MountWords) => mergeWords(parseMountSpec(text), flags, text);

  it('say the same', () => {
    assert.deepEqual(merge('/a:/b:ro,cached', { readOnly: true, uid: 3 }), {
      source: '/a',
      target: '/b',
      readOnly: true,
      consistency: 'cached',
      uid: 3,
    });
  });

  const contradictions: [text: string, flags: MountWords, says: RegExp][] = [
    ['/a:/b:rw', { readOnly: true }, /rw in the options contradicts ro of the flags/],
    ['/a:/b:cached', { consistency: 'default' }, /cached in the options contradicts default/],
    ['/a:/b:ownership=host', { ownership: 'caller' }, /ownership=host .* contradicts ownership=caller/],
    ['/a:/b:uid=1', { uid: 2 }, /uid=1 .* contradicts uid=2/],
    ['/a:/b:ownership=host', { uid: 2 }, /uid has no meaning with ownership=host/],
    ['/a:/b:gid=2', { ownership: 'host' }, /gid has no meaning with ownership=host/],
  ];
  for (const [text, flags, says] of contradictions) {
    it(`${text} and ${JSON.stringify(flags)} contradict each other`, () => {
      assert.throws(() => merge(text, flags), problem('usage', says));
    });
  }
});

describe('host/cli/mount: the request', () => {
  const absolute = (path: string) =>
    path.startsWith('/') ? path : `/work${path.startsWith('.') ? path.slice(1) : `/${path}`}`;
  const request = (source: string, target?: string, flags = {}) => mountRequest(source, target, flags, absolute);

  it('has absolute paths', () => {
    assert.deepEqual(request('site', './mnt'), { source: '/work/site', target: '/work/mnt', guest: 'local' });
  });

  it('has only what was said', () => {
    assert.deepEqual(
      request('/a:/b:cached,ownership=strict,gid=7', undefined, { name: 'n', ro: true, nonempty: true, uid: '0' }),
      {
        source: '/a',
        target: '/b',
        guest: 'local',
        name: 'n',
        consistency: 'cached',
        ownership: 'strict',
        uid: 0,
        gid: 7,
        readOnly: true,
        nonempty: true,
      },
    );
  });

  it('takes the source’s own path where there is no target', () => {
    assert.deepEqual(request('a', undefined, { guest: 'vm' }), { source: '/work/a', target: '/work/a', guest: 'vm' });
  });

  it('wants an absolute target in another machine', () => {
    assert.throws(() => request('/a', 'b', { guest: 'vm' }), problem('usage', 'osmofs: b: not an absolute path'));
  });

  it('checks numbers', () => {
    assert.throws(() => request('/a', '/b', { uid: '1.5' }), problem('usage', 'osmofs: --uid: uid must be a number'));
  });
});
