/**
 * C structs as literals: sizes and offsets follow the C rules of the 64-bit Linux ABIs (natural alignment, little
 * endian), so a layout is written once, in the header's spelling, and everything else is computed.
 *
 * The hot path uses only {@link Struct.at} and {@link Struct.size} (plain numbers) with its own views. `readStruct` and
 * `writeStruct` are for traces, tests and rare messages: they allocate, and they carry 64-bit fields as bigint.
 */

/** An integer of C, by width in bytes. */
export interface Scalar {
  readonly kind: 'scalar';
  readonly size: 1 | 2 | 4 | 8;
  readonly signed: boolean;
}

/** `count` = 0 is a flexible array member: it takes no room in the struct. */
export interface ArrayOf<T extends Type = Type> {
  readonly kind: 'array';
  readonly of: T;
  readonly count: number;
}

export type Fields = Readonly<Record<string, Type>>;

export interface Struct<F extends Fields = Fields> {
  readonly kind: 'struct';
  /** The C name. */
  readonly name: string;
  /** sizeof, bytes. */
  readonly size: number;
  /** alignof, bytes. */
  readonly align: number;
  /** offsetof of each member, bytes. */
  readonly at: { readonly [K in keyof F]: number };
  readonly fields: F;
}

export type Type = Scalar | ArrayOf | Struct;

export const u8: Scalar = Object.freeze({ kind: 'scalar', size: 1, signed: false });
export const u16: Scalar = Object.freeze({ kind: 'scalar', size: 2, signed: false });
export const u32: Scalar = Object.freeze({ kind: 'scalar', size: 4, signed: false });
export const s32: Scalar = Object.freeze({ kind: 'scalar', size: 4, signed: true });
export const u64: Scalar = Object.freeze({ kind: 'scalar', size: 8, signed: false });
export const s64: Scalar = Object.freeze({ kind: 'scalar', size: 8, signed: true });

export function array<T extends Type>(of: T, count: number): ArrayOf<T> {
  return Object.freeze({ kind: 'array', of, count });
}

/** A flexible array member (`char name[]`). */
export function flexible<T extends Type>(of: T): ArrayOf<T> {
  return array(of, 0);
}

export function sizeOf(type: Type): number {
  return type.kind === 'array' ? sizeOf(type.of) * type.count : type.size;
}

function alignOf(type: Type): number {
  if (type.kind === 'array') return alignOf(type.of);
  return type.kind === 'struct' ? type.align : type.size;
}

export function struct<const F extends Fields>(name: string, fields: F): Struct<F> {
  const at: Record<string, number> = {};
  let end = 0;
  let align = 1;
  for (const [field, type] of Object.entries(fields)) {
    const alignment = alignOf(type);
    end = Math.ceil(end / alignment) * alignment;
    at[field] = end;
    end += sizeOf(type);
    align = Math.max(align, alignment);
  }
  const size = Math.ceil(end / align) * align;
  return Object.freeze({
    kind: 'struct',
    name,
    size,
    align,
    at: Object.freeze(at) as Struct<F>['at'],
    fields: Object.freeze(fields),
  });
}

/** A decoded value: 64-bit integers are bigint, narrower ones number. */
export type Value = number | bigint | readonly Value[] | { readonly [field: string]: Value };

type ValueOf<T extends Type> = T extends Scalar
  ? number | bigint
  : T extends Struct<infer F>
    ? { [K in keyof F]: ValueOf<F[K]> }
    : readonly Value[];

/**
 * Reads a struct into a plain object. Flexible array members come out empty.
 *
 * @throws RangeError if the struct does not fit into `view` at `offset`
 */
export function readStruct<F extends Fields>(type: Struct<F>, view: DataView, offset: number): ValueOf<Struct<F>> {
  return readValue(type, view, offset) as ValueOf<Struct<F>>;
}

/**
 * Writes the given members and zeroes the others.
 *
 * @throws RangeError if the struct does not fit, TypeError for a member that the struct does not have
 */
export function writeStruct<F extends Fields>(
  type: Struct<F>,
  view: DataView,
  offset: number,
  members: { readonly [K in keyof F]?: Value },
): void {
  for (let index = 0; index < type.size; index++) view.setUint8(offset + index, 0);
  for (const [field, value] of Object.entries(members)) {
    const member = type.fields[field];
    if (member === undefined) throw new TypeError(`struct ${type.name} has no member ${field}`);
    writeValue(member, view, offset + type.at[field as keyof F], value as Value);
  }
}

function readValue(type: Type, view: DataView, offset: number): Value {
  if (type.kind === 'scalar') return readScalar(type, view, offset);
  if (type.kind === 'array') {
    const size = sizeOf(type.of);
    return Array.from({ length: type.count }, (_, index) => readValue(type.of, view, offset + index * size));
  }
  const result: Record<string, Value> = {};
  for (const [field, member] of Object.entries(type.fields)) {
    result[field] = readValue(member, view, offset + type.at[field]!);
  }
  return result;
}

function readScalar(type: Scalar, view: DataView, offset: number): number | bigint {
  switch (type.size) {
    case 1:
      return view.getUint8(offset);
    case 2:
      return view.getUint16(offset, true);
    case 4:
      return type.signed ? view.getInt32(offset, true) : view.getUint32(offset, true);
    case 8:
      return type.signed ? view.getBigInt64(offset, true) : view.getBigUint64(offset, true);
  }
}

function writeValue(type: Type, view: DataView, offset: number, value: Value): void {
  if (type.kind === 'scalar') {
    writeScalar(type, view, offset, value as number | bigint);
  } else if (type.kind === 'array') {
    const size = sizeOf(type.of);
    (value as readonly Value[]).forEach((item, index) => {
      if (index >= type.count) throw new RangeError(`more than ${type.count} items for an array of that length`);
      writeValue(type.of, view, offset + index * size, item);
    });
  } else {
    writeStruct(type, view, offset, value as Record<string, Value>);
  }
}

function writeScalar(type: Scalar, view: DataView, offset: number, value: number | bigint): void {
  switch (type.size) {
    case 1:
      view.setUint8(offset, Number(value));
      break;
    case 2:
      view.setUint16(offset, Number(value), true);
      break;
    case 4:
      view.setUint32(offset, Number(value), true);
      break;
    case 8:
      view.setBigUint64(offset, BigInt.asUintN(64, BigInt(value)), true);
  }
}
