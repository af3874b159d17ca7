/**
 * Losing events of the host: the queue of inotify is made too short for what the host does, as it may be on a busy machine.
 * Whatever the guest had cached has to be right again afterwards, and what is different has to be told.
 */
import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { IN, os } from '../../native/index.js';
import { temporaryDirectory } from '../support/bare-directory.js';
import { tellEvents } from '../support/inotify-events.js';
import { limitFixed, withLimitMeanwhile } from '../support/inotify-limits.js';
import { Osmofs } from '../support/osmofs.js';
import { PATIENCE } from '../support/patience.js';
import * as sys from '../support/sys.js';
import { compareTrees, readTree } from '../support/trees.js';
import { impossible } from './register.js';

const QUEUE = 'max_queued_events';
const FILES = 400;
const obstacle = impossible ?? limitFixed(QUEUE);

interface Status {
  readonly mounts: readonly { readonly statistics: { readonly resets: number } | null }[];
}

async function resets(osmofs: Osmofs): Promise<number> {
  const { stdout } = await osmofs.succeed(['status', '--format', 'json']);
  return (JSON.parse(stdout) as Status).mounts[0]!.statistics!.resets;
}

/** What the host does in one go, by name: a quarter each is written, removed, renamed and left; as many are new. */
function storm(host: string): void {
  for (let i = 0; i < FILES; i++) {
    const name = `${host}/f${i}`;
    if (i % 4 === 0) appendFileSync(name, 'more');
    else if (i % 4 === 1) rmSync(name);
    else if (i % 4 === 2) renameSync(name, `${host}/r${i}`);
    writeFileSync(`${host}/n${i}`, `new ${i}`);
  }
}

/** What a watcher has to have been told of a name in the end, at least one of these. */
function wanted(): Map<string, number> {
  const all = new Map<string, number>();
  for (let i = 0; i < FILES; i++) {
    if (i % 4 === 0) all.set(`f${i}`, IN.MODIFY);
    else if (i % 4 === 1) all.set(`f${i}`, IN.DELETE);
    else if (i % 4 === 2) all.set(`f${i}`, IN.MOVED_FROM | IN.DELETE).set(`r${i}`, IN.MOVED_TO | IN.CREATE);
    all.set(`n${i}`, IN.CREATE);
  }
  return all;
}

for (const [what, length] of [
  ['a queue that is too short', 16],
  ['a queue that is long enough', 65_536],
] as const) {
  describe(`events: a storm on the host, and ${what}${obstacle === null ? '' : ` (skipped: ${obstacle})`}`, () => {
    it(length < FILES ? 'is a reset, after which all is right and told' : 'is told without a reset', async function () {
      this.timeout(12 * PATIENCE);
      if (obstacle !== null) this.skip();
      const temporary = temporaryDirectory();
      const [host, guest] = [`${temporary.dir}/host`, `${temporary.dir}/guest`];
      mkdirSync(host);
      const osmofs = await Osmofs.start();
      const inotify = os.inotifyCreate();
      try {
        for (let i = 0; i < FILES; i++) writeFileSync(`${host}/f${i}`, `content of ${i}`);
        await withLimitMeanwhile(QUEUE, length, () =>
          osmofs.mount(host, guest, ['--consistency', 'cached', '--ownership', 'host']),
        );
        assert.deepEqual(compareTrees(readTree(host), readTree(guest), { owners: true }), []);
        for (let i = 0; i < FILES; i++) assert.throws(() => statSync(`${guest}/n${i}`), { code: 'ENOENT' });
        const fd = sys.open(Buffer.from(guest), sys.C.O_PATH);
        assert.ok(os.inotifyAdd(inotify, fd, IN.CREATE | IN.DELETE | IN.MOVED_FROM | IN.MOVED_TO | IN.MODIFY) > 0);
        sys.close(fd);

        storm(host);
        const missing = wanted();
        const end = Date.now() + 6 * PATIENCE;
        while (missing.size > 0 && Date.now() < end) {
          const got = tellEvents(inotify, (_, mask, __, name) => {
            if (((missing.get(name) ?? 0) & mask) !== 0) missing.delete(name);
          });
          if (!got) await new Promise((resolve) => setImmediate(resolve));
        }
        assert.deepEqual([...missing.keys()], []);
        assert.deepEqual(compareTrees(readTree(host), readTree(guest), { owners: true }), []);
        const lost = await resets(osmofs);
        assert.ok(length < FILES ? lost > 0 : lost === 0, `${lost} resets`);
      } finally {
        os.close(inotify);
        await osmofs.stop();
        temporary.remove();
      }
    });
  });
}
