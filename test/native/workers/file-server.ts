/**
 * Answers a FUSE mount that has one file, `workerData.content`, until its waker is signalled: READ and WRITE take the way of
 * the data lane, out to the host's end and back through the pump, all else is answered here.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { check, os, WOKEN } from '../../../native/index.js';
import { Errno } from '../../../protocol/errno.js';
import { FOPEN_DIRECT_IO } from '../../../protocol/fuse/flags.js';
import { Opcode } from '../../../protocol/fuse/opcodes.js';
import { fuse_attr_out, fuse_entry_out } from '../../../protocol/fuse/structs.js';
import { S_IFDIR, S_IFREG } from '../../../protocol/linux.js';
import { bytes, OUT, raw, u64, view } from '../support/fixture.js';
import { TinyFuse } from '../support/tiny-fuse.js';

const { fuse, meta, host, guest, file, size } = workerData;
const REQUEST = OUT;
const REQUEST_ROOM = (1 << 20) + 4096;
const RECEIVED = REQUEST + REQUEST_ROOM;
const HEADERS = 80;
const result = u64(0);
const status = u64(0);

const reply = (unique: bigint, error: number, body?: Buffer) => {
  const message = TinyFuse.message(unique, error, body);
  return os.fuseWrite(fuse, raw(message), message.length);
};

function attributes(nodeid: number, kind: 'entry' | 'attr'): Buffer {
  const file = nodeid === 2;
  const out = TinyFuse.attributes(nodeid, kind, file ? S_IFREG | 0o644 : S_IFDIR | 0o755);
  const attr = kind === 'entry' ? fuse_entry_out.at.attr : fuse_attr_out.at.attr;
  if (file) out.writeBigUInt64LE(BigInt(size), attr + 8);
  return out;
}

/** The host's part, which another process has in reality. */
function serveData(): void {
  for (let have = 0; have < HEADERS; ) {
    // Not past the headers: the payload goes from the ring to the file.
    have += check(os.laneExchange(host, 0, 0, RECEIVED + have, HEADERS - have, 0), 'laneExchange');
  }
  const opcode = view.getUint32(RECEIVED + 4, true);
  const length = view.getUint32(RECEIVED + 40 + 16, true);
  if (opcode === Opcode.READ) {
    check(os.laneReplyRead(host, file, RECEIVED + 8, RECEIVED + 40 + 8, length), 'laneReplyRead');
    return;
  }
  const unique = view.getBigUint64(RECEIVED + 8, true);
  const put = os.laneReceiveWrite(host, file, RECEIVED + 4096, 0, length, RECEIVED + 40 + 8, 0, status);
  const out = Buffer.alloc(8);
  if (put >= 0) out.writeUInt32LE(put);
  const message = put < 0 ? TinyFuse.message(unique, put) : TinyFuse.message(unique, 0, out);
  check(os.laneSend(host, raw(message), message.length), 'laneSend');
}

function serve(length: number): void {
  const opcode = view.getUint32(REQUEST + 4, true);
  const unique = view.getBigUint64(REQUEST + 8, true);
  const nodeid = Number(view.getBigUint64(REQUEST + 16, true));
  switch (opcode) {
    case Opcode.READ:
    case Opcode.WRITE:
      check(os.laneSend(guest, REQUEST, length), 'laneSend');
      serveData();
      break;
    case Opcode.LOOKUP: {
      const there = bytes.toString('latin1', REQUEST + 40, REQUEST + length - 1) === 'file';
      if (there) reply(unique, 0, attributes(2, 'entry'));
      else reply(unique, -Errno.ENOENT);
      break;
    }
    case Opcode.GETATTR:
      reply(unique, 0, attributes(nodeid, 'attr'));
      break;
    case Opcode.OPEN: {
      const out = Buffer.alloc(16);
      out.writeUInt32LE(FOPEN_DIRECT_IO, 8);
      reply(unique, 0, out);
      break;
    }
    case Opcode.FORGET:
    case Opcode.BATCH_FORGET:
      break;
    case Opcode.FLUSH:
    case Opcode.RELEASE:
      reply(unique, 0);
      break;
    default:
      reply(unique, -Errno.ENOSYS);
  }
}

parentPort!.postMessage('serving');
for (;;) {
  const woken = os.agentWait(fuse, meta, 0, 0, REQUEST, REQUEST_ROOM, 0, 0, result, 20, -1);
  if (woken === WOKEN) break;
  check(woken, 'agentWait');
  const length = view.getInt32(result, true);
  if (length < 0) break;
  serve(length);
}
