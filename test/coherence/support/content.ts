/**
 * File contents that say what they are: records of a header and a pattern that follows from it, so that whoever reads
 * one can tell which write it is, and whether it is whole.
 */
import { crc32 } from 'node:zlib';
import { Random } from '../../unit/protocol/random.js';

export interface Stamp {
  /** who wrote it: 0 the host, 1… the guests */
  readonly writer: number;
  /** number of the operation that wrote it: no two have the same */
  readonly sequence: number;
  /** bytes, the header included */
  readonly length: number;
}

const HEADER = /^#osmo w(\d) s([0-9a-f]{8}) l([0-9a-f]{8}) c([0-9a-f]{8})\n/;
export const HEADER_LENGTH = 39;

/** Longest record. */
export const LONGEST = 1 << 18;

const pool = Buffer.alloc(2 * LONGEST);
const random = new Random(0x05f5);
for (let at = 0; at < pool.length; at += 2) pool.writeUInt16LE(random.below(1 << 16), at);

const hex = (value: number) => value.toString(16).padStart(8, '0');

function pattern(sequence: number, length: number): Buffer {
  const start = Math.imul(sequence, 0x9e3779b1) >>> 14;
  return pool.subarray(start, start + length);
}

/** The bytes of a record of at least {@link HEADER_LENGTH}. */
export function record({ writer, sequence, length }: Stamp): Buffer {
  const body = pattern(sequence, length - HEADER_LENGTH);
  const header = `#osmo w${writer} s${hex(sequence)} l${hex(length)} c${hex(crc32(body))}\n`;
  return Buffer.concat([Buffer.from(header, 'latin1'), body]);
}

/** For people: which records the bytes are, and where they are not what a record says. */
export function describeBytes(bytes: Buffer): string {
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const match = HEADER.exec(bytes.toString('latin1', at, at + HEADER_LENGTH));
    if (match === null) {
      const zeros = bytes.subarray(at).findIndex((byte) => byte !== 0);
      if (zeros === 0) {
        parts.push(`${bytes.length - at} bytes that are no record: ${bytes.toString('hex', at, at + 16)}`);
        break;
      }
      const count = zeros < 0 ? bytes.length - at : zeros;
      parts.push(`${count} zero bytes`);
      at += count;
      continue;
    }
    const [writer, sequence, length, sum] = match.slice(1).map((field) => Number.parseInt(field!, 16));
    const body = bytes.subarray(at + HEADER_LENGTH, at + length!);
    const wanted = pattern(sequence!, length! - HEADER_LENGTH);
    let state = 'whole';
    if (body.length < wanted.length && body.equals(wanted.subarray(0, body.length)))
      state = `cut at ${at + HEADER_LENGTH + body.length}`;
    else if (crc32(body) !== sum) {
      const wrong = body.findIndex((byte, i) => byte !== wanted[i]);
      state = `other bytes from ${at + HEADER_LENGTH + wrong} on: ${body.toString('hex', wrong, wrong + 16)}`;
    }
    parts.push(`#${sequence} of writer ${writer}, ${length} bytes, ${state}`);
    at += length!;
  }
  return `${bytes.length} bytes${parts.length > 0 ? ` (${parts.join('; ')})` : ''}`;
}
