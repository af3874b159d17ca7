/**
 * Calls once what `workerData` names, after telling the number of its thread: the result is its second message. 'exchange'
 * receives one piece, 'send' sends `size` bytes until that is not 0 (or `count` times), 'write' receives a WRITE of `size`
 * bytes into `file`, 'accept' takes shared memory.
 */
import { readlinkSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { os } from '../../../native/index.js';
import { OUT, u64, view } from '../support/fixture.js';

const { call, lane, size, count, file, append } = workerData;

function send(): number {
  let result = 0;
  for (let sent = 0; sent < (count ?? Infinity) && result === 0; sent++) result = os.laneSend(lane, OUT, size);
  return result;
}

function write(): { result: number; status: number; received: number } {
  const status = u64(0);
  const result = os.laneReceiveWrite(lane, file, OUT, 0, size, u64(0), append ? 1 : 0, status);
  return { result, status: view.getInt32(status, true), received: view.getInt32(status + 4, true) };
}

const calls: Record<string, () => unknown> = {
  exchange: () => os.laneExchange(lane, 0, 0, OUT, 1 << 20, 0),
  send,
  write,
  accept: () => os.laneShareAccept(lane),
};

parentPort!.postMessage(Number(readlinkSync('/proc/thread-self').split('/').pop()));
parentPort!.postMessage(calls[call]());
