import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import protobuf from 'protobufjs';
import { concat } from '../../../protocol/bytes.js';
import {
  type Body,
  type ControlHello,
  decodeEnvelope,
  decodeHello,
  decodeHelloReply,
  encodeEnvelope,
  encodeHello,
  encodeHelloReply,
  type HelloReply,
  Lane,
  type LaneHello,
  LogLevel,
  Role,
  type StreamHello,
} from '../../../protocol/control.js';
import { descriptor } from '../../../protocol/control-descriptor.js';
import { ProtocolError } from '../../../protocol/error.js';
import { PROTOCOL_MAJOR } from '../../../protocol/version.js';
import { Random } from './random.js';

const proto = readFileSync(new URL('../../../../protocol/control.proto', import.meta.url), 'utf8');
const parsed = protobuf.parse(proto).root;

const controlHello: ControlHello = {
  protocolMajor: PROTOCOL_MAJOR,
  protocolMinor: 3,
  role: Role.CONTROL,
  token: new Uint8Array(32).fill(5),
  features: ['lease', 'arch-x64'],
  limits: { maxMessage: 1_052_672, maxPages: 256 },
  agentVersion: '0.1.0',
  guest: 'local',
};

const laneHello: LaneHello = {
  ...controlHello,
  role: Role.LANE,
  mountId: 4_294_967_295,
  lane: Lane.DATA,
  laneSecret: new Uint8Array(16).fill(6),
};

const streamHello: StreamHello = {
  ...controlHello,
  role: Role.STREAM,
  execId: 9,
  execSecret: new Uint8Array(16).fill(7),
};

const accepted: HelloReply = {
  protocolMajor: 1,
  protocolMinor: 0,
  features: [],
  limits: { maxMessage: 131_072, maxPages: 32 },
  refusal: '',
  daemonVersion: '0.1.0',
};

const mount: Body = {
  type: 'mount',
  mountId: 7,
  target: Uint8Array.of(0x2f, 0x6d, 0xff),
  source: '/Users/me/Zoë',
  readOnly: true,
  defaultPermissions: false,
  laneSecret: new Uint8Array(16),
  maxRead: 1_048_576,
  allowOther: true,
  userXattrsOnly: true,
  flushForLocksOnly: false,
  writeBehind: true,
};

const bind: Body = {
  type: 'bind',
  mountId: 8,
  superblockId: 7,
  directory: Uint8Array.from(Buffer.from('me/Zo\xff/..site')),
  target: Uint8Array.of(0x2f, 0x6d),
  readOnly: true,
};

const exec: Body = {
  type: 'exec',
  execId: 7,
  execSecret: new Uint8Array(16).fill(8),
  argv: ['ls', '', '-l', '/mnt/Zoë'],
  env: ['TERM=xterm', 'EMPTY='],
  cwd: '/mnt',
  stdin: true,
  tty: true,
  rows: 24,
  columns: 80,
};

const stats = {
  mountId: 1,
  requests: 2 ** 40,
  replies: 2,
  notifications: 0,
  bytesOut: Number.MAX_SAFE_INTEGER,
  bytesIn: 1,
  answered: 2 ** 33,
  injected: 3,
  notInjected: 2 ** 34,
};

const bodies: Body[] = [
  mount,
  { type: 'mountReply', mountId: 7, errno: 0, message: '' },
  { type: 'mountReply', mountId: 7, errno: 16, message: '/mnt is in use' },
  { ...mount, target: new Uint8Array(0) },
  bind,
  { ...bind, directory: new Uint8Array(0) },
  { type: 'bindReply', mountId: 8, errno: 20, message: 'not a directory' },
  { type: 'unmount', mountId: 7, lazy: true },
  { type: 'unmountReply', mountId: 7, errno: 16, message: 'busy' },
  { type: 'mountEnded', mountId: 7, reason: 'unmounted in the guest' },
  { type: 'statsRequest' },
  { type: 'statsReply', mounts: [stats, { ...stats, mountId: 2 }], rss: 80_000_000 },
  { type: 'statsReply', mounts: [], rss: 0 },
  { type: 'log', level: LogLevel.ERROR, text: 'first line\nsecond line' },
  { type: 'ping' },
  { type: 'pong' },
  { type: 'bye', reason: 'stopped' },
  { type: 'powerOff' },
  { type: 'powerOffReply', errno: 2, message: 'there is no poweroff' },
  exec,
  { type: 'execReply', execId: 7, errno: 0, message: '' },
  { type: 'drain', mountId: 7 },
  { type: 'drainReply', mountId: 7, errno: 28, message: 'no room' },
];

/** A message of the .proto, as any other implementation would write it: nothing is checked. */
function raw(type: string, fields: object): Uint8Array {
  return parsed.lookupType(`osmofs.${type}`).encode(fields).finish();
}

function refuses(decode: () => unknown, reason: RegExp): void {
  assert.throws(decode, (error) => error instanceof ProtocolError && reason.test(error.message));
}

describe('protocol/control: control.proto and its descriptor', () => {
  it('agree', () => {
    const strip = (value: unknown): unknown => {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
      const entries = Object.entries(value).filter(([key]) => !['protoName', 'edition', 'comment'].includes(key));
      return Object.fromEntries(entries.map(([key, item]) => [key, strip(item)]));
    };
    const plain = (value: unknown) => JSON.parse(JSON.stringify(strip(value))) as unknown;
    assert.deepEqual(plain(descriptor), plain(parsed.toJSON()));
  });

  it('make the same bytes', () => {
    for (const [index, body] of bodies.entries()) {
      const { type, ...fields } = body;
      const message = parsed.lookupType('osmofs.Envelope').fromObject({ id: index + 1, [type]: fields });
      const theirs = parsed.lookupType('osmofs.Envelope').encode(message).finish();
      assert.deepEqual(decodeEnvelope(theirs), { id: index + 1, body });
      assert.deepEqual(Buffer.from(encodeEnvelope({ id: index + 1, body })), Buffer.from(theirs));
    }
  });
});

describe('protocol/control: what is sent arrives', () => {
  it('hello of a control connection', () => {
    assert.deepEqual(decodeHello(encodeHello(controlHello)), controlHello);
  });

  it('hello of a lane', () => {
    assert.deepEqual(decodeHello(encodeHello(laneHello)), laneHello);
  });

  it('hello of a stream', () => {
    assert.deepEqual(decodeHello(encodeHello(streamHello)), streamHello);
  });

  it('hello without what belongs to another role', () => {
    assert.deepEqual(decodeHello(raw('Hello', { ...streamHello, mountId: 3, lane: Lane.META })), streamHello);
    assert.deepEqual(decodeHello(raw('Hello', { ...laneHello, execId: 3 })), laneHello);
  });

  it('answer to a hello', () => {
    assert.deepEqual(decodeHelloReply(encodeHelloReply(accepted)), accepted);
  });

  it('refusal of a hello, with no limits', () => {
    const { limits: _, ...rest } = accepted;
    const reply = decodeHelloReply(encodeHelloReply({ ...rest, refusal: 'the token is wrong' }));
    assert.equal(reply.refusal, 'the token is wrong');
    assert.equal(reply.limits ?? undefined, undefined);
  });

  for (const body of bodies) {
    it(`envelope: ${body.type}`, () => {
      assert.deepEqual(decodeEnvelope(encodeEnvelope({ id: 9, body })), { id: 9, body });
    });
  }

  it('as copies, not as views of the buffer it came in', () => {
    const bytes = encodeEnvelope({ id: 1, body: mount });
    const { body } = decodeEnvelope(bytes);
    bytes.fill(0xff);
    assert.deepEqual(body, mount);
  });

  it('also with fields that this version does not know', () => {
    // Field 100 of every kind of wire type, behind a known message.
    const unknown = Uint8Array.of(0xa0, 0x06, 1, 0xa2, 0x06, 2, 9, 9, 0xa5, 0x06, 1, 2, 3, 4);
    const bytes = concat([encodeEnvelope({ id: 3, body: { type: 'ping' } }), unknown]);
    assert.deepEqual(decodeEnvelope(bytes), { id: 3, body: { type: 'ping' } });
    assert.deepEqual(decodeHello(concat([encodeHello(controlHello), unknown])), controlHello);
  });
});

describe('protocol/control: what an older peer leaves out', () => {
  const without = (fields: object, ...names: string[]) =>
    Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)));

  it('is not granted, and was not answered', () => {
    const old = without(mount, 'type', 'userXattrsOnly', 'flushForLocksOnly', 'writeBehind');
    assert.deepEqual(decodeEnvelope(raw('Envelope', { id: 1, mount: old })).body, {
      ...mount,
      userXattrsOnly: false,
      flushForLocksOnly: false,
      writeBehind: false,
    });
    const { body } = decodeEnvelope(
      raw('Envelope', {
        id: 1,
        statsReply: { mounts: [without(stats, 'answered', 'injected', 'notInjected')], rss: 1 },
      }),
    );
    assert.deepEqual(body, {
      type: 'statsReply',
      mounts: [{ ...stats, answered: 0, injected: 0, notInjected: 0 }],
      rss: 1,
    });
  });
});

describe('protocol/control: what is refused', () => {
  const hello = (change: object) => () => decodeHello(raw('Hello', { ...controlHello, ...change }));
  const lane = (change: object) => () => decodeHello(raw('Hello', { ...laneHello, ...change }));
  const envelope = (fields: object) => () => decodeEnvelope(raw('Envelope', fields));
  const twoBodies = (first: string, second: string) => () =>
    decodeEnvelope(concat([raw('Envelope', { id: 1, [first]: {} }), raw('Envelope', { [second]: {} })]));
  const stream = (change: object) => () => decodeHello(raw('Hello', { ...streamHello, ...change }));
  const wrongExec = (change: object) => envelope({ id: 1, exec: { ...exec, ...change } });
  const wrongBind = (change: object) => envelope({ id: 1, bind: { ...bind, ...change } });
  const wrongWay = (way: string) => wrongBind({ directory: Buffer.from(way) });
  const wrongMount = (change: object) => envelope({ id: 1, mount: { ...mount, ...change } });

  const cases: [string, () => unknown, RegExp][] = [
    ['no bytes at all', () => decodeHello(new Uint8Array(0)), /protocol version 0 is older than 1, which is needed/],
    ['bytes that are no message', () => decodeEnvelope(Uint8Array.of(0x0a, 0xff)), /cannot be read/],
    ['another major before anything else', hello({ protocolMajor: 9, token: new Uint8Array(0) }), /version 9/],
    ['no token', hello({ token: new Uint8Array(0) }), /token has 0 bytes instead of 32/],
    ['a short token', hello({ token: new Uint8Array(31) }), /token has 31 bytes/],
    ['a role out of range', hello({ role: 4 }), /role is 4/],
    ['no role', hello({ role: 0 }), /role is 0/],
    ['no limits', hello({ limits: null }), /limits is missing/],
    ['no guest', hello({ guest: '' }), /guest is empty/],
    ['a long agent version', hello({ agentVersion: 'x'.repeat(65) }), /agentVersion has 65 characters/],
    ['a feature with a strange name', hello({ features: ['ok', 'Not OK'] }), /features has an item.*"Not OK"/],
    ['too many features', hello({ features: new Array(257).fill('a') }), /257 items/],
    ['a lane without a mount', lane({ mountId: 0 }), /mountId is 0/],
    ['a lane without a kind', lane({ lane: 0 }), /lane is 0/],
    ['a lane with a wrong secret', lane({ laneSecret: new Uint8Array(17) }), /laneSecret has 17 bytes/],
    ['a stream without a program', stream({ execId: 0 }), /execId is 0/],
    ['a stream with a short secret', stream({ execSecret: new Uint8Array(15) }), /execSecret has 15 bytes/],
    ['no program', wrongExec({ argv: [] }), /argv names no program/],
    ['a program without a name', wrongExec({ argv: ['', 'x'] }), /argv names no program/],
    ['an argument with a NUL', wrongExec({ argv: ['ls', 'a\0b'] }), /argv has an item that has a NUL/],
    ['a variable without a name', wrongExec({ env: ['=x'] }), /env has an item that is not NAME=VALUE/],
    ['a terminal of 70000 rows', wrongExec({ rows: 70_000 }), /rows is 70000/],
    ['an envelope without id', envelope({ ping: {} }), /id is 0/],
    ['an envelope without body', envelope({ id: 1 }), /no body that this version knows/],
    ['an envelope with two bodies', twoBodies('ping', 'pong'), /2 bodies: ping, pong/],
    ['an envelope with the same body twice', twoBodies('ping', 'ping'), /2 bodies: ping, ping/],
    ['a relative target', wrongMount({ target: Uint8Array.of(0x61) }), /target is not an absolute path/],
    ['a target with a NUL', wrongMount({ target: Uint8Array.of(0x2f, 0) }), /NUL byte/],
    ['a very long target', wrongMount({ target: new Uint8Array(4096).fill(0x2f) }), /4096 bytes, more than 4095/],
    ['a bind of nothing', wrongBind({ superblockId: 0 }), /superblockId is 0/],
    ['a bind to nowhere', wrongBind({ target: new Uint8Array(0) }), /target is not an absolute path/],
    ['a way that leads up', wrongWay('a/../b'), /directory does not lead down/],
    ['a way of nothing but ..', wrongWay('..'), /directory does not lead down/],
    ['a way to the same place', wrongWay('a/./b'), /directory does not lead down/],
    ['an absolute way', wrongWay('/a'), /directory does not lead down/],
    ['a way with an empty name', wrongWay('a//b'), /directory does not lead down/],
    ['a way with a NUL', wrongWay('a\0b'), /directory has a NUL byte/],
    ['a very long way', wrongWay('x'.repeat(4096)), /4096 bytes, more than 4095/],
    ['a source with a NUL', wrongMount({ source: 'a\0b' }), /NUL character/],
    ['a mount without secret', wrongMount({ laneSecret: new Uint8Array(0) }), /laneSecret has 0 bytes/],
    ['a negative errno', envelope({ id: 1, mountReply: { mountId: 1, errno: -5 } }), /errno is -5/],
    ['an errno that is none', envelope({ id: 1, unmountReply: { mountId: 1, errno: 4096 } }), /errno is 4096/],
    ['a log level out of range', envelope({ id: 1, log: { level: 4, text: 'x' } }), /level is 4/],
    [
      'a counter above 2^53',
      envelope({ id: 1, statsReply: { mounts: [], rss: new protobuf.util.Long(1, 2 ** 21, true) } }),
      /rss is \d+, not a whole number/,
    ],
    [
      'an acceptance without limits',
      () => decodeHelloReply(raw('HelloReply', { ...accepted, limits: null })),
      /without limits/,
    ],
  ];
  for (const [title, decode, reason] of cases) it(title, () => refuses(decode, reason));

  it('the same when it is to be sent', () => {
    refuses(() => encodeHello({ ...controlHello, token: new Uint8Array(3) }), /token has 3 bytes/);
    refuses(() => encodeHello({ ...laneHello, mountId: 0 }), /mountId is 0/);
    refuses(() => encodeEnvelope({ id: 0, body: { type: 'ping' } }), /id is 0/);
    refuses(() => encodeEnvelope({ id: 1, body: { ...mount, maxRead: 1 } as Body }), /maxRead is 1/);
    refuses(
      () => encodeEnvelope({ id: 1, body: { ...mount, readOnly: undefined } as unknown as Body }),
      /readOnly is missing/,
    );
    refuses(() => encodeHelloReply({ ...accepted, limits: undefined }), /without limits/);
  });

  const messages = [encodeHello(laneHello), ...bodies.map((body) => encodeEnvelope({ id: 70_000, body }))];
  const takesOrRefuses = (bytes: Uint8Array) => {
    for (const decode of [decodeHello, decodeEnvelope, decodeHelloReply]) {
      try {
        decode(bytes);
      } catch (error) {
        assert.ok(error instanceof ProtocolError, `${Buffer.from(bytes).toString('hex')}: ${error}`);
      }
    }
  };

  it('takes or refuses every cut of a message, and fails in no other way', () => {
    for (const bytes of messages) {
      for (let length = 0; length < bytes.length; length++) takesOrRefuses(bytes.subarray(0, length));
    }
  });

  it('takes or refuses 5,000 mutated messages, and fails in no other way', () => {
    const random = new Random(1);
    for (let round = 0; round < 5000; round++) takesOrRefuses(random.mutate(random.pick(messages)));
  });
});
