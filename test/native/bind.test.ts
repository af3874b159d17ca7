/** Binds of a directory below a mount, with a tmpfs in the superblock's place. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { os } from '../../native/index.js';
import { fails, succeeds, text } from './support/fixture.js';
import { mountOrSkip } from './support/tiny-fuse.js';

describe('native: binds', () => {
  let directory: string;
  const at = (name: string) => `${directory}/${name}`;
  /** Shows `way` of the tmpfs at `target`. */
  const bind = (way: string, target = 'target', readOnly = 0) =>
    os.bindDirectory(text(at('root')), text(way), text(at(target)), readOnly);
  const points = () =>
    readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .map((line) => line.split(' '))
      .filter((fields) => fields[4]?.startsWith(`${directory}/`));

  before(function () {
    mountOrSkip(this);
  });
  beforeEach(() => {
    directory = mkdtempSync('/var/tmp/osmofs-bind-');
    for (const name of ['root', 'target', 'other']) mkdirSync(at(name));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'nosuid,nodev', 'none', at('root')]);
    mkdirSync(at('root/a/b'), { recursive: true });
    writeFileSync(at('root/a/b/file'), 'x');
    symlinkSync('a', at('root/link'));
    symlinkSync('/etc', at('root/out'));
  });
  afterEach(() => {
    for (const [, , , , point] of points().reverse()) execFileSync('umount', ['-l', point!]);
    rmSync(directory, { recursive: true });
  });

  it('show a directory of the same superblock, with the flags of its mount', () => {
    succeeds(bind('a/b'));
    succeeds(bind('', 'other'));
    assert.deepEqual(readdirSync(at('target')), ['file']);
    assert.equal(statSync(at('target')).dev, statSync(at('root')).dev);
    assert.deepEqual(readdirSync(at('other')).sort(), ['a', 'link', 'out']);
    for (const fields of points()) assert.match(fields[5]!, /rw,nosuid,nodev/);
  });

  it('are read-only each for itself', () => {
    succeeds(bind('a', 'target', 1));
    succeeds(bind('a', 'other'));
    assert.throws(() => writeFileSync(at('target/new'), 'x'), { code: 'EROFS' });
    writeFileSync(at('other/new'), 'x');
    assert.equal(readFileSync(at('target/new'), 'utf8'), 'x');
  });

  for (const [way, error] of [
    ['link', 'ENOTDIR'],
    ['link/b', 'ENOTDIR'],
    ['out', 'ENOTDIR'],
    ['a/b/file', 'ENOTDIR'],
    ['nothing', 'ENOENT'],
    ['..', 'EINVAL'],
    ['a/../a', 'EINVAL'],
    ['a/./b', 'EINVAL'],
    ['a//b', 'EINVAL'],
  ] as const) {
    it(`lead down only, through no symlink: ${way}`, () => {
      fails(bind(way), error);
      assert.equal(points().length, 1, 'nothing but the tmpfs is mounted');
    });
  }

  it('leave nothing where there is no target', () => {
    fails(bind('a', 'missing'), 'ENOENT');
    fails(bind('a', 'root/a/b/file'), 'EINVAL');
    assert.equal(points().length, 1);
  });
});
