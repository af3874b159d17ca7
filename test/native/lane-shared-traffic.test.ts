/** Shared lanes under traffic, between threads and between processes: nothing lost, mixed or slept through. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Worker } from 'node:worker_threads';
import { os } from '../../native/index.js';
import { PATIENCE } from '../support/patience.js';
import { bytes, OUT, socketPair, succeeds } from './support/fixture.js';
import { type Lane, LIMIT, lane } from './support/lanes.js';
import { inAnotherThread } from './support/process.js';
import { RING, sharedPair } from './support/shared.js';
import type { Part } from './workers/talker.js';

const TALKER = fileURLToPath(new URL('./workers/talker.js', import.meta.url));
const PLAN = { limit: LIMIT, seed: 11, peerSeed: 22, rounds: 0, most: 0 };

describe('native: traffic in shared memory', () => {
  let lanes: Lane[] = [];
  let child: ChildProcess | undefined;

  afterEach(async () => {
    for (const each of lanes.splice(0)) each.close();
    if (child && child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    child = undefined;
  });

  const thread = async (end: Lane, part: Part) =>
    (await inAnotherThread<string>('talker.js', { ...part, lane: end.id, waker: end.waker })).worker;

  /** Starts the other process and gives it the socket. */
  async function inProcess(socket: number, part: Part): Promise<ChildProcess> {
    child = spawn(process.execPath, [TALKER, JSON.stringify(part)], { stdio: ['pipe', 'pipe', 'inherit', socket] });
    closeSync(socket);
    await once(child.stdout!, 'data');
    return child;
  }

  /** Tells them to begin, and waits for what they say. Who sleeps for too long is woken, and says so. */
  async function converse(threads: Worker[], other?: ChildProcess): Promise<void> {
    const said = threads.map((worker) => once(worker, 'message').then(([text]) => text));
    if (other) said.push(once(other.stdout!, 'data').then(([text]) => String(text).trim()));
    const exits = [...threads.map((worker) => once(worker, 'exit')), ...(other ? [once(other, 'exit')] : [])];
    const watchdog = setTimeout(() => {
      for (const each of lanes) os.wakerSignal(each.waker);
      other?.kill('SIGKILL');
    }, PATIENCE * 2);
    for (const worker of threads) worker.postMessage('go');
    other?.stdin?.write('.');
    const results = await Promise.all(
      said.map((text, index) => Promise.race([text, exits[index].then(() => 'ended')])),
    );
    clearTimeout(watchdog);
    for (const each of lanes) os.laneShutdown(each.id);
    await Promise.all(exits);
    assert.deepEqual(
      results,
      results.map(() => 'done'),
    );
  }

  function pair(ring: number, limit = LIMIT): { host: Lane; guest: Lane } {
    const made = sharedPair(ring, limit);
    lanes = [made.host, made.guest];
    return made;
  }

  it('two threads talk: messages of 1 byte to 1 MiB, cut anywhere, both ways at once', async () => {
    const { host, guest } = pair(RING);
    const plan = { ...PLAN, role: 'talk', rounds: 60, most: 150 } as const;
    const one = await thread(host, plan);
    await converse([one, await thread(guest, { ...plan, seed: plan.peerSeed, peerSeed: plan.seed })]);
  });

  it('two processes talk in the same way', async () => {
    const [one, two] = socketPair();
    const host = lane(one);
    lanes = [host];
    const plan = { ...PLAN, role: 'talk', rounds: 60, most: 150 } as const;
    const other = await inProcess(two, { ...plan, seed: plan.peerSeed, peerSeed: plan.seed });
    succeeds(os.laneShareOffer(host.id, RING), 'laneShareOffer');
    await converse([await thread(host, plan)], other);
  });

  for (const [sender, receiver] of [
    ['host', 'guest'],
    ['guest', 'host'],
  ] as const) {
    it(`a million small messages from the ${sender}, more than the ${receiver} takes at a time`, async () => {
      // Little is kept before the sender waits, so that both sides sleep and wake the whole time.
      const ends = pair(RING, 4096);
      const plan = { ...PLAN, limit: 4096, rounds: 1_000_000, most: 24 };
      const flood = await thread(ends[sender], { ...plan, role: 'flood' });
      await converse([flood, await thread(ends[receiver], { ...plan, role: 'swallow' })]);
    });
  }

  it('a hundred thousand questions and answers, each side asleep when its turn comes', async () => {
    const { host, guest } = pair(RING);
    const plan = { ...PLAN, rounds: 100_000, most: 100 };
    const server = await thread(host, { ...plan, role: 'return' });
    await converse([server, await thread(guest, { ...plan, role: 'serve' })]);
  });

  it('the end of a process that is killed comes after all that it had sent', async () => {
    const [one, two] = socketPair();
    const host = lane(one);
    lanes = [host];
    // It sends, then waits for an answer that never comes.
    const other = await inProcess(two, { ...PLAN, role: 'serve', rounds: 1, most: 50_000 });
    succeeds(os.laneShareOffer(host.id, RING), 'laneShareOffer');
    other.stdin!.write('.');
    assert.equal(succeeds(os.laneExchange(host.id, 0, 0, OUT, 1, 0)), 1);
    other.kill('SIGKILL');
    await once(other, 'exit');
    let got = 1;
    for (;;) {
      const more = succeeds(os.laneExchange(host.id, 0, 0, OUT, 7000, 0), 'laneExchange');
      if (more === 0) break;
      got += more;
    }
    assert.equal(got, 50_000);
    assert.ok(host.send(bytes.subarray(OUT, OUT + 10)) < 0);
  });
});
