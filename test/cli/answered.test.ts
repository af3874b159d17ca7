/** What a mount's agent answers by itself, end to end: by the counters of `osmofs status`. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { world } from './world.js';

const FILES = 100;

describe('osmofs status: requests that the agent answers', () => {
  const here = world();

  /** A share on a file system of its own, and requests by name that making some files in its mount costs. */
  async function requestsOf(prepare: (source: string) => void): Promise<Record<string, number>> {
    const [source, target] = [here.make('src'), here.make('mnt')];
    mount('tmpfs', source);
    try {
      prepare(source);
      await here.ok('share', 'add', source);
      await here.ok('mount', source, target);
      const before = await counts();
      for (let i = 0; i < FILES; i++) fs.writeFileSync(`${target}/file${i}`, 'content');
      const after = await counts();
      await here.ok('umount', target);
      return Object.fromEntries(Object.entries(after).map(([name, count]) => [name, count - (before[name] ?? 0)]));
    } finally {
      execFileSync('umount', ['--recursive', '--lazy', source]);
    }
  }

  async function counts(): Promise<Record<string, number>> {
    const { statistics, answeredByAgent } = (await here.status()).mounts[0]!;
    return { ...statistics!.requests, answered: answeredByAgent! };
  }

  it('making files costs only what must reach the host', async () => {
    const { LOOKUP, CREATE, WRITE, GETXATTR = 0, FLUSH = 0, answered } = await requestsOf(() => {});
    assert.deepEqual([LOOKUP, CREATE, WRITE, GETXATTR, FLUSH], [FILES, FILES, FILES, 0, 0]);
    // The FLUSH of each; what a kernel asks about capabilities differs.
    assert.ok(answered! >= FILES);
  });

  it('every close reaches a host that shows another file system within the share', async () => {
    const {
      WRITE,
      GETXATTR = 0,
      FLUSH,
    } = await requestsOf((source) => {
      fs.mkdirSync(`${source}/other`);
      mount('proc', `${source}/other`);
    });
    assert.deepEqual([WRITE, GETXATTR, FLUSH], [FILES, 0, FILES]);
  });
});

function mount(type: string, point: string): void {
  execFileSync('mount', ['-t', type, 'osmofs-test', point]);
}
