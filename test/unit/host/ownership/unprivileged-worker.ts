/** One of several workers that look at the same unreadable file (unprivileged-cases.ts). */
import assert from 'node:assert/strict';
import { workerData } from 'node:worker_threads';
import { Share } from './fixture.js';

const { dir, momentaryLock, times } = workerData as { dir: string; momentaryLock: Int32Array; times: number };
const share = new Share(dir, { kind: 'caller', momentaryLock });
for (let time = 0; time < times; time++) {
  const { uid, gid } = share.report('f', { uid: 1, gid: 1 });
  assert.deepEqual({ uid, gid }, { uid: 5, gid: 6 });
}
share.close();
