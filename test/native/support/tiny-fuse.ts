/** A FUSE mount that the test itself answers, request by request, in its own thread. */
import assert from 'node:assert/strict';
import { closeSync, existsSync, mkdtempSync, rmdirSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { os } from '../../../native/index.js';
import { Errno } from '../../../protocol/errno.js';
import { InitFlag } from '../../../protocol/fuse/flags.js';
import { Opcode } from '../../../protocol/fuse/opcodes.js';
import { fuse_attr_out, fuse_entry_out, fuse_init_in, fuse_init_out } from '../../../protocol/fuse/structs.js';
import { MNT_DETACH } from '../../../protocol/linux.js';
import { atExit } from '../../support/at-exit.js';
import { bytes, OUT, raw, succeeds, text, u64, view } from './fixture.js';
import { type Lane, laneAndPeer } from './lanes.js';

export interface Request {
  opcode: number;
  unique: bigint;
  nodeid: bigint;
  body: Buffer;
}

/** Why no mount can be made here, or null. */
export function cannotMount(): string | null {
  if (!existsSync('/dev/fuse')) return 'this machine has no /dev/fuse';
  return process.getuid!() === 0 ? null : 'only root can mount';
}

/** For a `before` hook: skips the suite where nothing can be mounted, and says why. */
export function mountOrSkip(hook: Mocha.Context): void {
  const reason = cannotMount();
  if (reason === null) return;
  console.log(`      not here: ${reason}`);
  hook.skip();
}

const LANE_AT = OUT + (2 << 20);

export class TinyFuse {
  readonly path = mkdtempSync('/var/tmp/osmofs-native-');
  readonly fd = succeeds(os.fuseOpen(), 'fuseOpen');
  readonly lane: Lane;
  readonly peer: number;
  readonly #forget: () => void;
  #open = true;
  #connected = true;

  constructor() {
    ({ lane: this.lane, peer: this.peer } = laneAndPeer());
    const options = `fd=${this.fd},rootmode=40000,user_id=0,group_id=0,max_read=1048576`;
    this.#forget = atExit(() => this.close());
    succeeds(os.mount(text('tiny'), text(this.path), text('fuse.osmofs-test'), 0, text(options)), 'mount');
    const init = this.request();
    assert.equal(init.opcode, Opcode.INIT);
    const out = Buffer.alloc(fuse_init_out.size);
    init.body.copy(out, 0, fuse_init_in.at.major, fuse_init_in.at.flags);
    out.writeUInt32LE(1 << InitFlag.FUSE_BIG_WRITES, fuse_init_out.at.flags);
    out.writeUInt32LE(1 << 20, fuse_init_out.at.max_write);
    this.reply(init.unique, 0, out);
    // The answer to the first request of all is only that there is no STATX.
    void stat(this.path).catch(() => {});
    this.reply(this.request().unique, -Errno.EIO);
  }

  /** Waits for one request; what comes on the lane is not asked for. */
  request(): Request {
    const result = u64(0);
    for (;;) {
      succeeds(os.agentWait(this.fd, this.lane.id, 0, 0, OUT, (1 << 20) + 4096, 0, 0, result, 0, -1), 'agentWait');
      const request = this.parse(succeeds(view.getInt32(result, true), 'read'));
      // Kernels since 6.6 try STATX before GETATTR until they are told that there is none.
      if (request.opcode !== Opcode.STATX) return request;
      this.reply(request.unique, -Errno.ENOSYS);
    }
  }

  parse(length: number): Request {
    assert.equal(view.getUint32(OUT, true), length);
    return {
      opcode: view.getUint32(OUT + 4, true),
      unique: view.getBigUint64(OUT + 8, true),
      nodeid: view.getBigUint64(OUT + 16, true),
      body: Buffer.from(bytes.subarray(OUT + 40, OUT + length)),
    };
  }

  reply(unique: bigint, error: number, body: Buffer = Buffer.alloc(0)): number {
    const message = TinyFuse.message(unique, error, body);
    return os.fuseWrite(this.fd, raw(message), message.length);
  }

  static message(unique: bigint, error: number, body: Buffer = Buffer.alloc(0)): Buffer {
    const header = Buffer.alloc(16);
    header.writeUInt32LE(16 + body.length);
    header.writeInt32LE(error, 4);
    header.writeBigUInt64LE(unique, 8);
    return Buffer.concat([header, body]);
  }

  /** Answers LOOKUP with an entry or GETATTR with attributes: node `nodeid`, a file of 0644 or a directory. */
  static attributes(nodeid: number, kind: 'entry' | 'attr', mode: number): Buffer {
    const out = Buffer.alloc(kind === 'entry' ? fuse_entry_out.size : fuse_attr_out.size);
    const attr = kind === 'entry' ? fuse_entry_out.at.attr : fuse_attr_out.at.attr;
    if (kind === 'entry') out.writeBigUInt64LE(BigInt(nodeid), 0);
    out.writeBigUInt64LE(BigInt(nodeid), attr);
    out.writeUInt32LE(mode, attr + 60);
    out.writeUInt32LE(1, attr + 64);
    return out;
  }

  /** Closes the other end of the lane. */
  hangUp(): void {
    if (this.#connected) closeSync(this.peer);
    this.#connected = false;
  }

  /** Undoes all of it; whoever still waits for an answer gets ENOTCONN or ECONNABORTED. Idempotent. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#forget();
    os.unmount(text(this.path), MNT_DETACH);
    os.close(this.fd);
    this.lane.close();
    this.hangUp();
    rmdirSync(this.path);
  }
}

export { LANE_AT };
