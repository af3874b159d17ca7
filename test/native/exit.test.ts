/** How threads and processes end while native calls and native threads are at work. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { os } from '../../native/index.js';
import { directory, succeeds } from './support/fixture.js';
import { inAnotherThread, run } from './support/process.js';

describe('native: the end of threads and processes', () => {
  const place = directory();
  const file = () => `${place.path}/file`;

  before(() => writeFileSync(file(), Buffer.alloc(1 << 20)));

  for (const shared of [false, true]) {
    for (const call of ['laneExchange', 'laneSend', 'laneReplyRead', 'laneReceiveWrite', 'agentWait']) {
      const lane = shared ? 'a lane in shared memory' : 'a lane';
      it(`a thread that waits in ${call} on ${lane} can be terminated after its waker fired`, async () => {
        const waker = succeeds(os.wakerCreate());
        const { worker } = await inAnotherThread('waiting-thread.js', { waker, call, shared, file: file() });
        const exit = once(worker, 'exit');
        const terminated = worker.terminate();
        os.wakerSignal(waker);
        await terminated;
        await exit;
        os.close(waker);
      });
    }
  }

  for (const [way, code] of [
    ['exit', 7],
    ['end', 0],
  ] as const) {
    it(`a process with everything under way ends by ${way}`, async () => {
      assert.equal(await run('busy-process.js', way), code);
    });
  }

  it('100 threads with everything come and go without a trace', async () => {
    assert.equal(await run('cycles.js', '100', file()), 0);
  }).timeout(60_000);
});
