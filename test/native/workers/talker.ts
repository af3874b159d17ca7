/**
 * One side of a conversation (support/talk.ts): as a thread with a lane of another, or as a process whose descriptor 3 is
 * the socket on which shared memory is offered. Tells 'ready', waits to be told, and tells 'done' or what was wrong; it
 * ends when the lane does.
 */
import { readFileSync, readSync, writeSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { check, os } from '../../../native/index.js';
import { mixed, random, Talker, uniform } from '../support/talk.js';

export interface Part {
  /** lane and waker of the thread that made them */
  lane?: number;
  waker?: number;
  limit: number;
  role: 'talk' | 'flood' | 'swallow' | 'serve' | 'return';
  seed: number;
  /** of the other side's script */
  peerSeed: number;
  rounds: number;
  /** 'talk': messages of a round; else the size of each message */
  most: number;
}

const part: Part = parentPort ? workerData : JSON.parse(process.argv[2]);
const tell = (text: string) => (parentPort ? parentPort.postMessage(text) : writeSync(1, `${text}\n`));

function ownLane(): number {
  const lane = check(os.laneCreate(3, check(os.wakerCreate(), 'wakerCreate'), part.limit), 'laneCreate');
  check(os.laneShareAccept(lane), 'laneShareAccept');
  return lane;
}

/** Where this thread may run. */
const processors = () => /^Cpus_allowed_list:\s*(.*)$/m.exec(readFileSync('/proc/thread-self/status', 'latin1'))![1];

function run(talker: Talker): void {
  const { role, seed, peerSeed, rounds, most } = part;
  // One after the other, millions of them: neither side keeps up with the other all the time.
  if (role === 'flood') talker.say(uniform(rounds, most));
  if (role === 'swallow') talker.hear(uniform(rounds, most));
  if (role === 'flood' || role === 'swallow') return;
  for (let round = 0; round < rounds; round++) {
    if (role === 'talk') {
      talker.say(mixed(seed + round * 7919, most));
      talker.hear(mixed(peerSeed + round * 7919, most));
    } else {
      if (role === 'serve') talker.say(uniform(1, most));
      talker.hear(uniform(1, most));
      if (role === 'return') talker.say(uniform(1, most));
    }
  }
}

function main(): void {
  const talker = new Talker(part.lane ?? ownLane(), random(part.seed ^ 0x5eed));
  const before = processors();
  try {
    run(talker);
    tell(processors() === before ? 'done' : `may run on ${processors()}, it was ${before}`);
    // What is kept still has to leave, which it does while its owner waits.
    talker.untilTheEnd();
  } catch (error) {
    tell(String(error));
  }
}

tell('ready');
if (parentPort) {
  parentPort.once('message', main);
} else {
  readSync(0, Buffer.alloc(1));
  main();
}
