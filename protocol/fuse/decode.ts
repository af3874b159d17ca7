/** Requests as plain objects, for traces, logs and tests. Allocates; not for the lanes. */

import { cstringLength } from '../bytes.js';
import { ProtocolError } from '../error.js';
import { readStruct, type Value } from '../struct.js';
import { opcodeName } from './opcodes.js';
import { checkRequest, fixedSize, HEADER, type RequestOptions, requestLayouts } from './requests.js';
import { fuse_in_header, fuse_init_in } from './structs.js';

export interface DecodedRequest {
  readonly name: string;
  readonly header: Readonly<Record<keyof typeof fuse_in_header.fields, number | bigint>>;
  /** Members of the fixed struct, as far as the message has them. */
  readonly arguments: Readonly<Record<string, Value>>;
  /** Names without their NUL, in order. */
  readonly names: readonly Uint8Array[];
  /** Payload of WRITE, value of SETXATTR … */
  readonly bytes: Uint8Array | undefined;
  /** Items of BATCH_FORGET … */
  readonly items: readonly Readonly<Record<string, Value>>[];
}

/** @throws ProtocolError if the request is malformed */
export function decodeRequest(message: Uint8Array, options: RequestOptions): DecodedRequest {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  if (message.length < HEADER) throw new ProtocolError('a FUSE request is shorter than its header');
  const header = readStruct(fuse_in_header, view, 0);
  const opcode = Number(header.opcode);
  const wrong = checkRequest(view, 0, message.length, opcode, options);
  if (wrong !== 0) throw new ProtocolError(`a ${opcodeName(opcode)} request is malformed: ${wrong}`);
  const layout = requestLayouts[opcode];
  const names: Uint8Array[] = [];
  const items: Record<string, Value>[] = [];
  let bytes: Uint8Array | undefined;
  let at = HEADER + (layout === undefined ? 0 : fixedSize(layout, options));
  for (const part of layout?.parts ?? []) {
    if (part.kind === 'name') {
      const length = cstringLength(message, at, message.length);
      names.push(message.subarray(at, at + length));
      at += length + 1;
      continue;
    }
    const count = view.getUint32(HEADER + part.lengthAt, true);
    if (part.kind === 'bytes') {
      bytes = message.subarray(at, at + count);
      at += count;
    } else {
      for (let index = 0; index < count; index++, at += part.element.size) {
        items.push(readStruct(part.element, view, at) as Record<string, Value>);
      }
    }
  }
  return { name: opcodeName(opcode), header, arguments: fixedArguments(message, opcode, options), names, bytes, items };
}

/** Reads the fixed struct from a padded copy: a short form simply has zeroes at its end. */
function fixedArguments(message: Uint8Array, opcode: number, options: RequestOptions): Record<string, Value> {
  const layout = requestLayouts[opcode];
  if (layout?.fixed === undefined) return {};
  const size = layout.fixed === fuse_init_in ? message.length - HEADER : fixedSize(layout, options);
  const copy = new Uint8Array(layout.fixed.size);
  copy.set(message.subarray(HEADER, HEADER + Math.min(size, copy.length)));
  return readStruct(layout.fixed, new DataView(copy.buffer), 0) as Record<string, Value>;
}
