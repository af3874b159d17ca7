/**
 * What a control message must fulfil beyond its types. One row per message; checked when encoding and when decoding, so
 * that neither side ever sends or believes anything else.
 */

import { ProtocolError } from './error.js';
import { LANE_SECRET_BYTES, TOKEN_BYTES } from './version.js';

/** Says what is wrong with a value ("is …", "has …"), or undefined. */
type Rule = (value: unknown) => string | undefined;

type Fields = Readonly<Record<string, unknown>>;

const U32_MAX = 0xffff_ffff;

function whole(least: number, most: number): Rule {
  return (value) =>
    Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most
      ? undefined
      : `is ${describe(value)}, not a whole number of ${least} to ${most}`;
}

function text(least: number, most: number): Rule {
  return (value) => {
    if (typeof value !== 'string') return `is ${describe(value)}, not a text`;
    if (value.length < least) return 'is empty';
    if (value.length > most) return `has ${value.length} characters, more than ${most}`;
    return value.includes('\0') ? 'has a NUL character' : undefined;
  };
}

function secret(length: number): Rule {
  return (value) => {
    if (!(value instanceof Uint8Array)) return `is ${describe(value)}, not bytes`;
    return value.length === length ? undefined : `has ${value.length} bytes instead of ${length}`;
  };
}

const flag: Rule = (value) => (typeof value === 'boolean' ? undefined : `is ${describe(value)}, not true or false`);

/** An absolute path in bytes, short enough for a system call. */
const path: Rule = (value) => {
  if (!(value instanceof Uint8Array)) return `is ${describe(value)}, not bytes`;
  if (value[0] !== 0x2f) return 'is not an absolute path';
  if (value.length > 4095) return `has ${value.length} bytes, more than 4095`;
  return value.includes(0) ? 'has a NUL byte' : undefined;
};

/** One, or nothing at all. */
const pathOrNone: Rule = (value) => (value instanceof Uint8Array && value.length === 0 ? undefined : path(value));

/** The way to something below a directory, in bytes: names that lead down, or nothing. */
const way: Rule = (value) => {
  if (!(value instanceof Uint8Array)) return `is ${describe(value)}, not bytes`;
  if (value.length === 0) return undefined;
  if (value.length > 4095) return `has ${value.length} bytes, more than 4095`;
  if (value.includes(0)) return 'has a NUL byte';
  const names = Buffer.from(value).toString('latin1').split('/');
  return names.some((name) => name === '' || name === '.' || name === '..') ? 'does not lead down' : undefined;
};

function list(most: number, item: Rule): Rule {
  return (value) => {
    if (!Array.isArray(value)) return `is ${describe(value)}, not a list`;
    if (value.length > most) return `has ${value.length} items, more than ${most}`;
    for (const each of value) {
      const wrong = item(each);
      if (wrong !== undefined) return `has an item that ${wrong}`;
    }
    return undefined;
  };
}

/** The first rule that is broken. */
function both(first: Rule, second: Rule): Rule {
  return (value) => first(value) ?? second(value);
}

function message(name: string): Rule {
  return (value) => {
    if (typeof value !== 'object' || value === null) return 'is missing';
    const wrong = violation(name, value as Fields);
    return wrong === undefined ? undefined : `has a field that is not right: ${wrong}`;
  };
}

function absentOr(rule: Rule): Rule {
  return (value) => (value === undefined || value === null ? undefined : rule(value));
}

const id = whole(1, U32_MAX);
const counter = whole(0, Number.MAX_SAFE_INTEGER);
const errno = whole(0, 4095);
const sentence = text(0, 4096);
const feature: Rule = (value) =>
  typeof value === 'string' && /^[a-z0-9][a-z0-9._-]{0,63}$/.test(value)
    ? undefined
    : `is ${describe(value)}, not the name of a feature`;

/** NAME=VALUE of an environment; as long as execve(2) takes one. */
const variable: Rule = (value) =>
  text(2, 131_071)(value) ?? (/^[^=]+=/.test(value as string) ? undefined : 'is not NAME=VALUE');

const mountReply = { mountId: id, errno, message: sentence };

const hello = {
  protocolMajor: id,
  protocolMinor: whole(0, U32_MAX),
  role: whole(1, 3),
  token: secret(TOKEN_BYTES),
  features: list(256, feature),
  limits: message('Limits'),
  agentVersion: text(1, 64),
  guest: text(1, 64),
};

const rules: Readonly<Record<string, Readonly<Record<string, Rule>>>> = {
  Limits: { maxMessage: whole(0, U32_MAX), maxPages: whole(0, U32_MAX) },
  ControlHello: hello,
  LaneHello: { ...hello, mountId: id, lane: whole(1, 2), laneSecret: secret(LANE_SECRET_BYTES) },
  StreamHello: { ...hello, execId: id, execSecret: secret(LANE_SECRET_BYTES) },
  HelloReply: {
    protocolMajor: id,
    protocolMinor: whole(0, U32_MAX),
    features: list(256, feature),
    limits: absentOr(message('Limits')),
    refusal: sentence,
    daemonVersion: text(1, 64),
  },
  Envelope: { id },
  mount: {
    mountId: id,
    target: pathOrNone,
    source: text(1, 4096),
    readOnly: flag,
    defaultPermissions: flag,
    laneSecret: secret(LANE_SECRET_BYTES),
    maxRead: whole(4096, U32_MAX),
    allowOther: flag,
    userXattrsOnly: flag,
    flushForLocksOnly: flag,
    writeBehind: flag,
  },
  mountReply,
  bind: { mountId: id, superblockId: id, directory: way, target: path, readOnly: flag },
  bindReply: mountReply,
  unmount: { mountId: id, lazy: flag },
  unmountReply: mountReply,
  drain: { mountId: id },
  drainReply: mountReply,
  mountEnded: { mountId: id, reason: sentence },
  statsRequest: {},
  statsReply: { mounts: list(65536, message('MountStats')), rss: counter },
  MountStats: {
    mountId: id,
    requests: counter,
    replies: counter,
    notifications: counter,
    bytesOut: counter,
    bytesIn: counter,
    answered: counter,
    injected: counter,
    notInjected: counter,
  },
  log: { level: whole(0, 3), text: text(0, 65536) },
  ping: {},
  pong: {},
  bye: { reason: sentence },
  powerOff: {},
  powerOffReply: { errno, message: sentence },
  exec: {
    execId: id,
    execSecret: secret(LANE_SECRET_BYTES),
    argv: both(list(8192, text(0, 131_071)), (value) => ((value as string[])[0] ? undefined : 'names no program')),
    env: list(8192, variable),
    cwd: text(0, 4095),
    stdin: flag,
    tty: flag,
    rows: whole(0, 0xffff),
    columns: whole(0, 0xffff),
  },
  execReply: { execId: id, errno, message: sentence },
};

/** The first rule of the message that the fields break, as a phrase; undefined if none. */
function violation(name: string, fields: Fields): string | undefined {
  for (const [field, rule] of Object.entries(rules[name]!)) {
    const wrong = rule(fields[field]);
    if (wrong !== undefined) return `${field} ${wrong}`;
  }
  return undefined;
}

/** @throws ProtocolError with a sentence if `fields` break a rule of the message */
export function check(name: string, title: string, fields: Fields): void {
  const wrong = violation(name, fields);
  if (wrong !== undefined) throw new ProtocolError(`${title} is not valid: ${wrong}`);
}

function describe(value: unknown): string {
  if (value === undefined || value === null) return 'missing';
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 64));
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return `a ${typeof value}`;
}
