/** Compares the meanings in a fixture with the struct mirror. */
import assert from 'node:assert/strict';
import { fromEscapes } from '../../protocol/bytes.js';
import * as structs from '../../protocol/fuse/structs.js';
import { readStruct, type Struct, sizeOf, type Type } from '../../protocol/struct.js';
import type { Fixture, Line } from './fixture.js';

const mirror = structs as unknown as Readonly<Record<string, Struct | undefined>>;

/**
 * Walks the lines: members must come in the order and at the offsets of the mirror, with its widths and values. A struct
 * may end early (short forms of older peers), but none of its members may be left out in the middle.
 *
 * @returns names of the structs seen, in order
 */
export function compareWithMirror(fixture: Fixture): string[] {
  const seen: string[] = [];
  let at = 0;
  let structAt = 0;
  let previous: string | undefined;
  for (const line of fixture.lines) {
    const [name, ...path] = line.key.split('.');
    const type = path.length === 0 ? undefined : mirror[name!];
    if (type === undefined) {
      assert.equal(path.length, 0, `${fixture.file}: no struct ${name}`);
      compareText(fixture, line);
      previous = undefined;
    } else {
      const member = memberAt(type, path);
      if (previous !== name || member.offset === 0) {
        structAt = at;
        seen.push(name!);
      }
      const where = `${fixture.file}: ${line.key}`;
      assert.equal(at - structAt, member.offset, `${where}: offset`);
      assert.equal(line.bytes.length, sizeOf(member.type), `${where}: size`);
      compareValue(line, member.type, where);
      previous = name;
    }
    at += line.bytes.length;
  }
  return seen;
}

function memberAt(type: Struct, path: readonly string[]): { type: Type; offset: number } {
  let current: Type = type;
  let offset = 0;
  for (const field of path) {
    assert.equal(current.kind, 'struct');
    const owner = current as Struct;
    assert.ok(field in owner.fields, `struct ${owner.name} has no ${field}`);
    offset += owner.at[field]!;
    current = owner.fields[field]!;
  }
  return { type: current, offset };
}

function compareValue(line: Line, type: Type, where: string): void {
  if (type.kind !== 'scalar') {
    assert.equal(line.value, 'zero', where);
    assert.ok(
      line.bytes.every((byte) => byte === 0),
      where,
    );
    return;
  }
  const view = new DataView(line.bytes.buffer, line.bytes.byteOffset, line.bytes.byteLength);
  const holder: Struct = {
    kind: 'struct',
    name: '',
    size: type.size,
    align: type.size,
    at: { value: 0 },
    fields: { value: type },
  };
  assert.equal(BigInt(readStruct(holder, view, 0).value as number | bigint), BigInt(line.value), where);
}

function compareText(fixture: Fixture, line: Line): void {
  const where = `${fixture.file}: ${line.key}`;
  switch (line.key) {
    case 'name':
      assert.deepEqual(line.bytes, Uint8Array.of(...fromEscapes(line.value), 0), where);
      break;
    case 'bytes':
    case 'entry':
      assert.deepEqual(line.bytes, fromEscapes(line.value), where);
      break;
    case 'padding':
      assert.ok(line.bytes.length < 8 && line.bytes.every((byte) => byte === 0), where);
      break;
    case 'groups':
    case 'nodeid':
      assert.equal(Buffer.from(line.bytes).readUIntLE(0, Math.min(6, line.bytes.length)), Number(line.value), where);
      break;
    default:
      assert.fail(`${where}: a meaning that the test does not know`);
  }
}
