import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SlowOp } from '../../../native/os.js';
import { platform } from '../../../native/platform.js';
import { Errno } from '../../../protocol/errno.js';
import * as Linux from '../../../protocol/linux.js';
import { Darwin } from './darwin-on-linux.js';

/** A pin comes back after the answer: each operation has slots of its own. */
const SLOTS = 1024;
const HEADER = 16;

/** A lane to ourselves and a handle table: the way to what only the slow pool does. */
class Pool {
  private readonly wakers: number[];
  private readonly lanes: number[];
  private readonly slots: number;
  private generation = 0;

  constructor(private readonly os: Darwin) {
    const { addon } = os;
    const at = os.words(0n);
    assert.equal(addon.socketPair(at), 0);
    const sockets = [os.view.getInt32(at, true), os.view.getInt32(at + 4, true)];
    this.wakers = sockets.map(() => addon.wakerCreate());
    this.lanes = sockets.map((socket, i) => addon.laneCreate(socket, this.wakers[i], 1 << 20));
    this.slots = addon.slotsCreate(SLOTS);
    assert.equal(addon.slotsAttach(this.slots), 0);
  }

  /** The answer to an operation on files, which stay open: error and body. */
  run(op: number, files: number[], ...args: bigint[]): { error: number; body: Buffer } {
    const { addon, view } = this.os;
    const generation = ++this.generation;
    const slots = files.map((file, i) => {
      const slot = generation * 2 + i;
      assert.equal(addon.slotOpen(slot, generation, addon.duplicate(file), 0), 0);
      assert.ok(addon.slotPin(slot, generation) >= 0);
      return slot;
    });
    const unique = this.os.words(BigInt(generation), ...args, 0n, 0n, 0n);
    assert.equal(addon.laneSubmit(this.lanes[0], op, unique, slots[0], slots[1] ?? -1, unique + 8), 0);
    const at = 1 << 15;
    for (let got = 0; got < HEADER; ) {
      const step = addon.laneExchange(this.lanes[1], 0, 0, at + got, 4096, 0);
      assert.ok(step > 0, `lane: ${step}`);
      got += step;
    }
    for (const slot of slots) assert.ok(addon.slotClose(slot, generation) >= 0);
    assert.equal(view.getBigUint64(at + 8, true), BigInt(generation));
    const length = view.getUint32(at, true);
    return { error: view.getInt32(at + 4, true), body: Buffer.from(this.os.bytes.slice(at + HEADER, at + length)) };
  }

  end(): void {
    for (const lane of this.lanes) assert.equal(this.os.addon.laneClose(lane), 0);
    for (const waker of this.wakers) this.os.addon.close(waker);
    this.os.addon.slotsDestroy(this.slots);
  }
}

if (platform === 'linux') {
  describe('native/darwin on top of Linux: space', function () {
    this.timeout(180_000);
    let os: Darwin;
    let pool: Pool;
    let place: string;
    let root: number;
    let file: number;

    before(async () => {
      os = await Darwin.load();
      pool = new Pool(os);
    });
    after(() => pool.end());
    beforeEach(() => {
      place = fs.mkdtempSync(join(tmpdir(), 'osmofs-darwin-'));
      root = os.openRoot(place);
      file = os.openFile(root, 'file', Linux.O_RDWR | Linux.O_CREAT);
      assert.ok(file >= 0);
    });
    afterEach(() => {
      os.addon.close(file);
      os.addon.close(root);
      fs.rmSync(place, { recursive: true });
    });

    const content = () => fs.readFileSync(join(place, 'file'));
    const fill = (length: number) => {
      const bytes = Buffer.alloc(length);
      for (let i = 0; i < length; i++) bytes[i] = 1 + (i % 255);
      fs.writeFileSync(join(place, 'file'), bytes);
      return bytes;
    };
    const allocate = (offset: bigint, length: bigint, mode: number) =>
      pool.run(SlowOp.FALLOCATE, [file], offset, length, BigInt(mode)).error;
    const PUNCH = Linux.FALLOC_FL_PUNCH_HOLE | Linux.FALLOC_FL_KEEP_SIZE;
    const ZERO = Linux.FALLOC_FL_ZERO_RANGE;

    for (const [begin, end] of [
      [0, 40_000],
      [0, 12_288],
      [4096, 8192],
      [1, 4095],
      [4000, 4200],
      [5000, 30_001],
      [4095, 8193],
      [30_000, 50_000],
      [32_768, 1 << 20],
      [39_999, 40_000],
      [40_000, 50_000],
      [60_000, 70_000],
    ] as const) {
      it(`punches ${begin} … ${end} of 40000 bytes to zeros and nothing else`, () => {
        const expected = fill(40_000).fill(0, Math.min(begin, 40_000), Math.min(end, 40_000));
        assert.equal(allocate(BigInt(begin), BigInt(end - begin), PUNCH), 0);
        assert.deepEqual(content(), expected);
      });

      it(`zeroes ${begin} … ${end} of 40000 bytes and grows the file, unless told to keep its size`, () => {
        const expected = fill(40_000).fill(0, Math.min(begin, 40_000), Math.min(end, 40_000));
        assert.equal(allocate(BigInt(begin), BigInt(end - begin), ZERO | Linux.FALLOC_FL_KEEP_SIZE), 0);
        assert.deepEqual(content(), expected);
        assert.equal(allocate(BigInt(begin), BigInt(end - begin), ZERO), 0);
        assert.deepEqual(content(), Buffer.concat([expected, Buffer.alloc(Math.max(0, end - 40_000))]));
      });
    }

    it('allocates blocks and grows the file, or keeps its size', () => {
      const before = fill(10_000);
      assert.equal(allocate(0n, 1n << 20n, Linux.FALLOC_FL_KEEP_SIZE), 0);
      assert.deepEqual(content(), before);
      assert.ok(fs.statSync(join(place, 'file')).blocks * 512 >= 1 << 20);
      assert.equal(allocate(5000n, (1n << 20n) - 5000n, 0), 0);
      assert.deepEqual(content(), Buffer.concat([before, Buffer.alloc((1 << 20) - 10_000)]));
      assert.equal(allocate(0n, 100n, 0), 0);
      assert.equal(content().length, 1 << 20);
    });

    it('refuses what does not exist: empty, too far, ranges that move others, directories, FIFOs', () => {
      assert.equal(allocate(0n, 0n, 0), -Errno.EINVAL);
      assert.equal(allocate(1n << 63n, 1n, 0), -Errno.EINVAL);
      assert.equal(allocate((1n << 63n) - 10n, 20n, 0), -Errno.EFBIG);
      assert.equal(allocate(0n, 10n, Linux.FALLOC_FL_PUNCH_HOLE), -Errno.EOPNOTSUPP);
      for (const mode of [Linux.FALLOC_FL_COLLAPSE_RANGE, Linux.FALLOC_FL_INSERT_RANGE, PUNCH | ZERO]) {
        assert.equal(allocate(0n, 10n, mode), -Errno.EOPNOTSUPP);
      }
      const directory = os.openFile(root, '.', Linux.O_RDONLY | Linux.O_DIRECTORY);
      assert.equal(pool.run(SlowOp.FALLOCATE, [directory], 0n, 10n, 0n).error, -Errno.EBADF);
      os.addon.close(directory);
      os.addon.mknod(root, os.put('fifo'), Linux.S_IFIFO | 0o600);
      const fifo = os.openFile(root, 'fifo', Linux.O_RDWR);
      assert.equal(pool.run(SlowOp.FALLOCATE, [fifo], 0n, 10n, 0n).error, -Errno.ENODEV);
      os.addon.close(fifo);
    });

    it('copies a range, stops at the end of the source, refuses overlaps and O_APPEND', () => {
      const bytes = fill(3_000_000);
      const copy = (files: number[], ...range: bigint[]) => {
        const { error, body } = pool.run(SlowOp.COPY_RANGE, files, ...range);
        return error < 0 ? error : body.readUInt32LE(0);
      };
      const target = os.openFile(root, 'target', Linux.O_RDWR | Linux.O_CREAT);
      assert.equal(copy([file, target], 10n, 5n, 2_500_000n), 2_500_000);
      assert.equal(copy([file, target], 2_999_990n, 0n, 1_000_000n), 10);
      assert.equal(copy([file, target], 3_000_000n, 0n, 10n), 0);
      const expected = Buffer.alloc(2_500_005);
      bytes.copy(expected, 5, 10, 2_500_010);
      bytes.copy(expected, 0, 2_999_990);
      assert.deepEqual(fs.readFileSync(join(place, 'target')), expected);
      assert.equal(copy([file, file], 0n, 99n, 100n), -Errno.EINVAL);
      assert.equal(copy([file, file], 0n, 3_000_000n, 100n), 100);
      const appending = os.openFile(root, 'target', Linux.O_WRONLY | Linux.O_APPEND);
      assert.equal(copy([file, appending], 0n, 0n, 10n), -Errno.EBADF);
      os.addon.close(appending);
      os.addon.close(target);
    });

    it('flushes files and volumes', () => {
      fill(100);
      for (const op of [SlowOp.FSYNC, SlowOp.FDATASYNC, SlowOp.SYNCFS]) assert.equal(pool.run(op, [file]).error, 0);
    });
  });
}
