/**
 * The device's thread in a world whose time stands in a script (scripted.ts): a clock that only the world moves on, a program
 * of the host that answers a while after it was asked, and a gate at which the thread stops before it waits.
 *
 * What `vsockWait` would have done between two looks is done here, in the thread itself: if the program is asked and its
 * answer comes while the device still looks (`answerMicroseconds` ≤ spin), it is found without a sleep; else the device
 * sleeps until the answer is there. For the guest it really sleeps, in `vsockWait`, however long that takes.
 */
import { readSync, writeSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { os, SLEPT } from '../../../native/index.js';
import { Loop } from '../../../vm/vsock/loop.js';
import { Control, type ScriptData } from './scripted.js';

const { script, control: shared, counters, listener, ...data } = workerData as ScriptData;
const control = new Int32Array(shared);
let now = 0;
let spun = 0;
let program = -1;

const scripted = {
  ...os,
  vsockWait: (device: number, out: number, capacity: number, want: number, spin: number, timeout: number) => {
    gate();
    const found = os.vsockWait(device, out, capacity, want, 0, 0);
    if (found !== 0 || timeout === 0) return found;
    if (answers()) {
      now += script.answerMicroseconds / 1000;
      const inTime = script.answerMicroseconds <= spin;
      spun += inTime ? script.answerMicroseconds : spin;
      return os.vsockWait(device, out, capacity, want, 0, 0) | (inTime ? 0 : SLEPT);
    }
    now += script.pauseMilliseconds;
    return os.vsockWait(device, out, capacity, want, 0, -1);
  },
};

function gate(): void {
  while (Atomics.load(control, Control.HOLD) === 1) {
    Atomics.store(control, Control.HELD, 1);
    Atomics.wait(control, Control.HOLD, 1);
  }
  Atomics.store(control, Control.HELD, 0);
}

/** The program reads what it has been asked, and answers the same. False: it has not been asked. */
function answers(): boolean {
  if (program < 0) program = os.vsockAccept(listener);
  if (program < 0) return false;
  const bytes = Buffer.alloc(4096);
  try {
    const got = readSync(program, bytes);
    if (got > 0) return writeSync(program, bytes, 0, got) > 0;
    os.close(program);
    program = -1;
    return false;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return false;
    throw error;
  }
}

const loop = new Loop(scripted, {
  ...data,
  counters: new Float64Array(counters),
  now: () => now,
  stopping: () => Atomics.load(control, Control.STOP) !== 0,
  log: (_level, text) => parentPort!.postMessage(text),
});
parentPort!.postMessage('ready');
loop.run();
if (program >= 0) os.close(program);
Atomics.store(control, Control.SPUN, Math.round(spun));
