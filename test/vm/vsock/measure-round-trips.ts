/**
 * How often the device's thread sleeps for one round trip of the guest's, with a real clock and a program that answers in a
 * thread of its own: `node dist/test/vm/vsock/measure-round-trips.js`. That it is one where nothing else runs is proven by
 * wake-ups.test.ts; here it shows what other work does to it. Batches, with the load of the machine beside them.
 */
import { readSync, writeSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { Op } from '../../../vm/vsock/packet.js';
import { call } from '../../support/sys/error.js';
import { listenUnix } from './unix.js';
import { World } from './world.js';

const BATCHES = 15;
const TRIPS = 2000;
const PORT = 4660;
const F_SETFL = 4;

if (isMainThread) await measure();
else answer(workerData as number);

/** The program: a thread that blocks in read(2). */
function answer(listener: number): void {
  const socket = call('accept4', listener, null, null, 0);
  const bytes = Buffer.alloc(4096);
  for (let got = readSync(socket, bytes); got > 0; got = readSync(socket, bytes)) writeSync(socket, bytes, 0, got);
  call('close', socket);
}

async function measure(): Promise<void> {
  const world = await World.open();
  const listener = listenUnix(join(world.directory, '00000002.00001234'));
  call('fcntl', listener, F_SETFL, 0);
  const program = new Worker(new URL(import.meta.url), { workerData: listener });
  const ended = new Promise((resolve) => program.once('exit', resolve));
  const guest = world.guest();
  await guest.connect(1000, PORT);
  const bytes = Buffer.alloc(64);
  let answered = 0;
  const rates: number[] = [];
  for (let batch = 0; batch < BATCHES; batch++) {
    const before = world.device.stats().sleeps;
    const begun = performance.now();
    for (let trip = 0; trip < TRIPS; trip++) {
      await guest.send({ srcPort: 1000, dstPort: PORT, op: Op.RW, fwdCnt: answered }, bytes);
      answered += (await guest.expect(Op.RW)).payload.length;
    }
    const micros = ((performance.now() - begun) * 1000) / TRIPS;
    const rate = (world.device.stats().sleeps - before) / TRIPS;
    rates.push(rate);
    console.log(
      `${rate.toFixed(3)} sleeps per round trip, ${micros.toFixed(0)} µs each, load ${loadavg()[0]!.toFixed(1)}`,
    );
  }
  rates.sort((a, b) => a - b);
  console.log(
    `least ${rates[0]!.toFixed(3)}, median ${rates[BATCHES >> 1]!.toFixed(3)}, most ${rates.at(-1)!.toFixed(3)}`,
  );
  await world.close();
  await ended;
  call('close', listener);
}
