/**
 * Bytes ↔ control messages. Decoding checks everything (control-rules.ts) and copies what it keeps; fields that this
 * version does not know are ignored, so a newer peer may add some.
 */

import protobuf from 'protobufjs/light.js';
import { BODY_FIELDS, descriptor } from './control-descriptor.js';
import { type Body, type Envelope, type Hello, type HelloReply, Role } from './control-messages.js';
import { check } from './control-rules.js';
import { ProtocolError } from './error.js';
import { refuseMajor } from './negotiate.js';
import { PROTOCOL_MAJOR } from './version.js';

export * from './control-messages.js';

type Fields = Record<string, unknown>;

const root = protobuf.Root.fromJSON(descriptor);
const types = {
  Hello: root.lookupType('osmofs.Hello'),
  HelloReply: root.lookupType('osmofs.HelloReply'),
  Envelope: root.lookupType('osmofs.Envelope'),
};

/** What each role's hello is checked as, and the fields that only it has. */
const roles: Readonly<Record<Role, { readonly rules: string; readonly fields: readonly string[] }>> = {
  [Role.CONTROL]: { rules: 'ControlHello', fields: [] },
  [Role.LANE]: { rules: 'LaneHello', fields: ['mountId', 'lane', 'laneSecret'] },
  [Role.STREAM]: { rules: 'StreamHello', fields: ['execId', 'execSecret'] },
};

/** Wire type of strings, bytes and messages (protobuf.dev, encoding). */
const LENGTH_DELIMITED = 2;

/** A Hello whose major version differs is refused before anything else in it is looked at. */
export function decodeHello(bytes: Uint8Array): Hello {
  const fields = decode('Hello', 'the hello', bytes);
  const refusal = refuseMajor(PROTOCOL_MAJOR, fields.protocolMajor as number);
  if (refusal !== undefined) throw new ProtocolError(refusal);
  checkHello(fields);
  const own: readonly string[] = roles[fields.role as Role].fields;
  for (const { fields: all } of Object.values(roles)) {
    for (const field of all) if (!own.includes(field)) delete fields[field];
  }
  return fields as unknown as Hello;
}

/** @throws ProtocolError if the message breaks a rule, as do the other two */
export function encodeHello(hello: Hello): Uint8Array {
  checkHello(hello as unknown as Fields);
  return encode('Hello', hello);
}

export function decodeHelloReply(bytes: Uint8Array): HelloReply {
  const fields = decode('HelloReply', 'the answer to the hello', bytes);
  checkHelloReply(fields);
  return fields as unknown as HelloReply;
}

export function encodeHelloReply(reply: HelloReply): Uint8Array {
  checkHelloReply(reply as unknown as Fields);
  return encode('HelloReply', reply);
}

export function decodeEnvelope(bytes: Uint8Array): Envelope {
  const fields = decode('Envelope', 'a control message', bytes);
  check('Envelope', 'a control message', fields);
  const present = bodiesOf(bytes);
  const type = present[0];
  if (type === undefined) throw new ProtocolError('a control message has no body that this version knows');
  if (present.length > 1) {
    throw new ProtocolError(`a control message has ${present.length} bodies: ${present.join(', ')}`);
  }
  check(type, `the ${type} message`, fields[type] as Fields);
  return { id: fields.id as number, body: { ...(fields[type] as object), type } as unknown as Body };
}

export function encodeEnvelope(envelope: Envelope): Uint8Array {
  check('Envelope', 'a control message', envelope as unknown as Fields);
  const { type, ...fields } = envelope.body;
  check(type, `the ${type} message`, fields);
  return encode('Envelope', { id: envelope.id, [type]: fields });
}

/** Names of the bodies as they stand in the bytes: a protobuf decoder silently keeps the last one only. */
function bodiesOf(bytes: Uint8Array): string[] {
  const reader = protobuf.Reader.create(bytes);
  const found: string[] = [];
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    const name = types.Envelope.fieldsById[tag >>> 3]?.name;
    // Of another wire type it is not our field, and the decoder skips it too.
    if (name !== undefined && BODY_FIELDS.includes(name) && (tag & 7) === LENGTH_DELIMITED) found.push(name);
    reader.skipType(tag & 7);
  }
  return found;
}

function checkHello(fields: Fields): void {
  // A role that does not exist breaks a rule that all hellos have.
  check(roles[fields.role as Role]?.rules ?? 'ControlHello', 'the hello', fields);
}

function checkHelloReply(fields: Fields): void {
  check('HelloReply', 'the answer to the hello', fields);
  if (fields.refusal === '' && !fields.limits) {
    throw new ProtocolError('the answer to the hello is not valid: it accepts without limits');
  }
}

function decode(name: keyof typeof types, title: string, bytes: Uint8Array): Fields {
  const type = types[name];
  let message: protobuf.Message;
  try {
    message = type.decode(bytes);
  } catch (error) {
    throw new ProtocolError(`${title} cannot be read: ${(error as Error).message}`, { cause: error });
  }
  const fields = type.toObject(message, { defaults: true, longs: Number, enums: Number, bytes: Uint8Array });
  return own(fields) as Fields;
}

function encode(name: keyof typeof types, message: object): Uint8Array {
  return types[name].encode(types[name].fromObject(message)).finish();
}

/** Replaces views of the received buffer by copies of their own. */
function own(value: unknown): unknown {
  if (value instanceof Uint8Array) return Uint8Array.from(value);
  if (Array.isArray(value)) return value.map(own);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, own(item)]));
}
