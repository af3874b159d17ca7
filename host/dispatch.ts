/**
 * From one whole request in the arena to one reply in the arena: check, look the row up, call the handler, write the
 * header. The only place that catches what a handler throws, and the only one that knows reply headers.
 */
import { ANNOUNCED, announced_in } from '../protocol/announce.js';
import { Errno } from '../protocol/errno.js';
import { Opcode, opcodeName } from '../protocol/fuse/opcodes.js';
import { checkRequest } from '../protocol/fuse/requests.js';
import {
  fuse_copy_file_range_in,
  fuse_in_header,
  fuse_link_in,
  fuse_out_header,
  fuse_rename_in,
} from '../protocol/fuse/structs.js';
import { MAX_MESSAGE } from './arena.js';
import type { Context } from './context.js';
import type { Counters } from './counters.js';
import { ORDINARY } from './live/answers.js';
import { cellOf, type Marks } from './live/clients.js';
import { type Handler, operations } from './operations.js';
import { DEFERRED, NO_REPLY, type Request, Violation } from './request.js';
import { ROOT } from './state/nodes.js';

const O = fuse_out_header.at;
export const REPLY_HEADER = fuse_out_header.size;
/** No reply payload is larger than a READDIR or GETXATTR of MAX_MESSAGE. */
export const REPLY_ROOM = MAX_MESSAGE;

export class Dispatcher {
  private readonly options = { setxattrExt: false };

  constructor(
    private readonly c: Context,
    private readonly request: Request,
    private readonly counters: Counters,
    private readonly marks: Marks,
    private readonly log: (text: string) => void,
  ) {}

  /**
   * Serves the request of `length` bytes at `at` (8-byte aligned) and writes its reply at `out` (8-byte aligned).
   * Returns the reply's length, 0 if there is none to send here.
   *
   * @throws Violation if the peer broke the protocol: nothing was touched, and the session has to end
   */
  serve(at: number, length: number, out: number): number {
    const { c, request: r } = this;
    r.load(at, length);
    r.out = out + REPLY_HEADER;
    r.room = REPLY_ROOM - REPLY_HEADER;
    const opcode = r.opcode;
    if (opcode === ANNOUNCED) return this.announced(length);
    this.options.setxattrExt = c.longSetxattr;
    const wrong = checkRequest(c.arena.view, at, length, opcode, this.options);
    if (wrong !== 0) throw new Violation(`${opcodeName(opcode)}: ${wrong}`);
    this.counters.request(opcode);
    const result = this.call(r, opcode);
    c.live?.settle();
    c.files.settle();
    c.descriptors.settle();
    if (result === NO_REPLY || result === DEFERRED) return 0;
    if (result < 0) this.counters.error(opcode);
    return writeReplyHeader(r, out, result);
  }

  /** The other mounts are to see what is changed (live/clients.ts). What the pool does has ended when `Own` says so. */
  private change(r: Request, opcode: number, handle: Handler): number {
    const { c, marks } = this;
    const first = this.cell(r.slot);
    const at = SECOND[opcode];
    const other = at === undefined ? -1 : c.nodes.slotOf(r.u32(at), r.u32(at + 4));
    const second = other < 0 ? -1 : this.cell(other);
    let result = 0;
    marks.begin(first);
    if (second >= 0) marks.begin(second);
    try {
      result = handle(c, r);
    } finally {
      if (result !== DEFERRED || second >= 0) marks.end(first);
      if (result !== DEFERRED && second >= 0) marks.end(second);
    }
    return result;
  }

  private cell(slot: number): number {
    const { nodes } = this.c;
    return cellOf(nodes.inoLo[slot], nodes.inoHi[slot]);
  }

  /** The agent's word on an announcement. */
  private announced(length: number): number {
    const { c, request: r } = this;
    if (length !== fuse_in_header.size + announced_in.size || c.live?.acknowledge(r) !== true)
      throw new Violation('an announcement is acknowledged that was not made');
    return 0;
  }

  private call(r: Request, opcode: number): number {
    const { c } = this;
    const row = operations[opcode];
    if (row === undefined) return -Errno.ENOSYS;
    if (row.refused !== undefined) return row.name === 'NOTIFY_REPLY' ? NO_REPLY : -row.refused.errno;
    if (row.handle === undefined) throw new Violation(`${row.name} on the metadata lane`);
    if (c.minor === 0 && opcode !== Opcode.INIT) throw new Violation(`${row.name} before INIT`);
    r.slot = ROOT;
    if (row.node) {
      r.slot = c.nodes.slotOf(r.nodeLo, r.nodeHi);
      if (r.slot < 0) return opcode === Opcode.FORGET ? NO_REPLY : -Errno.ESTALE;
    }
    const { live } = c;
    if (live !== undefined && opcode !== Opcode.INIT) live.start();
    try {
      if (live !== undefined && r.injected) {
        const answer = live.answers.answer(r);
        if (answer !== ORDINARY) return answer;
      } else if (live?.answers.isPrivate(r)) return 0;
      if (row.changes && c.readOnly) return -Errno.EROFS;
      return row.changes || row.opens ? this.change(r, opcode, row.handle) : row.handle(c, r);
    } catch (error) {
      if (error instanceof Violation) throw error;
      this.log(`${row.name} failed unexpectedly: ${error instanceof Error ? error.stack : String(error)}`);
      return -Errno.EIO;
    }
  }
}

/** Where the second node of an operation is in its arguments. */
const SECOND: readonly (number | undefined)[] = Object.assign([], {
  [Opcode.RENAME]: fuse_rename_in.at.newdir,
  [Opcode.RENAME2]: fuse_rename_in.at.newdir,
  [Opcode.LINK]: fuse_link_in.at.oldnodeid,
  [Opcode.COPY_FILE_RANGE]: fuse_copy_file_range_in.at.nodeid_out,
  [Opcode.COPY_FILE_RANGE_64]: fuse_copy_file_range_in.at.nodeid_out,
});

/** Writes a fuse_out_header for a handler's result (payload length or -errno) and returns the length of the reply. */
export function writeReplyHeader(r: Request, out: number, result: number): number {
  const length = REPLY_HEADER + (result > 0 ? result : 0);
  const w = r.words;
  const o = out >> 2;
  w[o + (O.len >> 2)] = length;
  w[o + (O.error >> 2)] = result < 0 ? result >>> 0 : 0;
  w[o + (O.unique >> 2)] = w[r.uniqueOff >> 2];
  w[o + (O.unique >> 2) + 1] = w[(r.uniqueOff >> 2) + 1];
  return length;
}
