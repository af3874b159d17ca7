/**
 * Little-endian integers and C strings in byte arrays. 64-bit values are two u32 (`low`, `high`): they become a number
 * only where a check says they fit, and never a bigint.
 */

/** 2^32 */
const WORD = 0x1_0000_0000;

/** Result of {@link readSafe} for a value above 2^53 - 1. */
export const UNSAFE = -1;

export function readU16(bytes: Uint8Array, offset: number): number {
  return bytes[offset]! | (bytes[offset + 1]! << 8);
}

export function readU32(bytes: Uint8Array, offset: number): number {
  return (bytes[offset]! | (bytes[offset + 1]! << 8) | (bytes[offset + 2]! << 16) | (bytes[offset + 3]! << 24)) >>> 0;
}

export function readS32(bytes: Uint8Array, offset: number): number {
  return bytes[offset]! | (bytes[offset + 1]! << 8) | (bytes[offset + 2]! << 16) | (bytes[offset + 3]! << 24);
}

export function writeU16(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value;
  bytes[offset + 1] = value >>> 8;
}

export function writeU32(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value;
  bytes[offset + 1] = value >>> 8;
  bytes[offset + 2] = value >>> 16;
  bytes[offset + 3] = value >>> 24;
}

/** Writes a u64 from its halves. */
export function writeU64(bytes: Uint8Array, offset: number, low: number, high: number): void {
  writeU32(bytes, offset, low);
  writeU32(bytes, offset + 4, high);
}

/** Writes a u64 from a whole number of 0..2^53-1. */
export function writeSafe(bytes: Uint8Array, offset: number, value: number): void {
  writeU32(bytes, offset, value % WORD);
  writeU32(bytes, offset + 4, Math.floor(value / WORD));
}

/** A u64 as a number, or {@link UNSAFE} if it is above 2^53 - 1. */
export function readSafe(bytes: Uint8Array, offset: number): number {
  return safeFromHalves(readU32(bytes, offset), readU32(bytes, offset + 4));
}

/** As {@link readSafe}, from a DataView. */
export function viewSafe(view: DataView, offset: number): number {
  return safeFromHalves(view.getUint32(offset, true), view.getUint32(offset + 4, true));
}

/** The number that two unsigned halves make, or {@link UNSAFE} if it is above 2^53 - 1. */
export function safeFromHalves(low: number, high: number): number {
  return high > 0x1f_ffff ? UNSAFE : high * WORD + low;
}

/** Low and high half of a whole number of 0..2^53-1, unsigned. */
export function lowHalf(value: number): number {
  return value % WORD;
}

export function highHalf(value: number): number {
  return Math.floor(value / WORD);
}

/** Compares two u64 given as offsets, without making a number of them. */
export function sameU64(a: Uint8Array, aOffset: number, b: Uint8Array, bOffset: number): boolean {
  for (let index = 0; index < 8; index++) if (a[aOffset + index] !== b[bOffset + index]) return false;
  return true;
}

/** Length of the NUL-terminated string at `offset`, without the NUL; -1 if no NUL comes before `end`. */
export function cstringLength(bytes: Uint8Array, offset: number, end: number): number {
  for (let index = offset; index < end; index++) if (bytes[index] === 0) return index - offset;
  return -1;
}

/** Writes `text` and a NUL. @returns bytes written, NUL included */
export function writeCstring(bytes: Uint8Array, offset: number, text: Uint8Array): number {
  bytes.set(text, offset);
  bytes[offset + text.length] = 0;
  return text.length + 1;
}

export function bytesEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false;
  return true;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Bytes for people: valid UTF-8 as it is, control characters and bytes that are not UTF-8 as `\xNN`, a backslash as
 * `\\`. Nothing is lost: {@link fromEscapes} gives the same bytes back.
 */
export function toEscapes(bytes: Uint8Array): string {
  let text = '';
  let index = 0;
  while (index < bytes.length) {
    const length = utf8Length(bytes, index);
    const first = bytes[index]!;
    if (length === 1) {
      if (first === 0x5c) text += '\\\\';
      else text += first < 0x20 || first === 0x7f ? hexEscape(first) : String.fromCharCode(first);
    } else if (length > 1) {
      const part = bytes.subarray(index, index + length);
      text += isPrintable(part) ? utf8.decode(part) : Array.from(part, hexEscape).join('');
    } else {
      text += hexEscape(first);
    }
    index += Math.max(1, length);
  }
  return text;
}

/** The bytes of a text made by {@link toEscapes}. Other text is taken as UTF-8. */
export function fromEscapes(text: string): Uint8Array {
  const encoder = new TextEncoder();
  const parts = text.split(/(\\x[0-9a-f]{2}|\\\\)/);
  const chunks = parts.map((part) => {
    if (part === '\\\\') return Uint8Array.of(0x5c);
    if (/^\\x[0-9a-f]{2}$/.test(part)) return Uint8Array.of(Number.parseInt(part.slice(2), 16));
    return encoder.encode(part);
  });
  return concat(chunks);
}

export function concat(chunks: readonly Uint8Array[]): Uint8Array {
  const result = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    result.set(chunk, offset);
    offset += chunk.length;
  }
  return result;
}

function hexEscape(byte: number): string {
  return `\\x${byte.toString(16).padStart(2, '0')}`;
}

/** C1 controls (U+0080..U+009F) and line separators would spoil a terminal as much as C0 controls do. */
function isPrintable(part: Uint8Array): boolean {
  const point = utf8.decode(part).codePointAt(0)!;
  return point > 0x9f && point !== 0x2028 && point !== 0x2029;
}

/** Length of the valid UTF-8 sequence at `index` (RFC 3629: no surrogates, nothing overlong), 0 if there is none. */
function utf8Length(bytes: Uint8Array, index: number): number {
  const first = bytes[index]!;
  if (first < 0x80) return 1;
  const length =
    first >= 0xc2 && first < 0xe0 ? 2 : first >= 0xe0 && first < 0xf0 ? 3 : first >= 0xf0 && first < 0xf5 ? 4 : 0;
  if (length === 0 || index + length > bytes.length) return 0;
  for (let next = 1; next < length; next++) if ((bytes[index + next]! & 0xc0) !== 0x80) return 0;
  const second = bytes[index + 1]!;
  if ((first === 0xe0 && second < 0xa0) || (first === 0xed && second > 0x9f)) return 0;
  if ((first === 0xf0 && second < 0x90) || (first === 0xf4 && second > 0x8f)) return 0;
  return length;
}
