/**
 * control.proto in the form that protobufjs builds its codecs from, so that no parser is loaded at run time. A test
 * proves that the two agree.
 */

type Field = readonly [id: number, type: string, rule?: 'repeated'];

const enums = {
  Role: { ROLE_UNSPECIFIED: 0, CONTROL: 1, LANE: 2, STREAM: 3 },
  Lane: { LANE_UNSPECIFIED: 0, META: 1, DATA: 2 },
} as const;

const messages: Record<string, Record<string, Field>> = {
  Limits: { maxMessage: [1, 'uint32'], maxPages: [2, 'uint32'] },
  Hello: {
    protocolMajor: [1, 'uint32'],
    protocolMinor: [2, 'uint32'],
    role: [3, 'Role'],
    token: [4, 'bytes'],
    features: [5, 'string', 'repeated'],
    limits: [6, 'Limits'],
    agentVersion: [7, 'string'],
    guest: [8, 'string'],
    mountId: [9, 'uint32'],
    lane: [10, 'Lane'],
    laneSecret: [11, 'bytes'],
    execId: [12, 'uint32'],
    execSecret: [13, 'bytes'],
  },
  HelloReply: {
    protocolMajor: [1, 'uint32'],
    protocolMinor: [2, 'uint32'],
    features: [3, 'string', 'repeated'],
    limits: [4, 'Limits'],
    refusal: [5, 'string'],
    daemonVersion: [6, 'string'],
  },
  Envelope: {
    id: [1, 'uint32'],
    mount: [2, 'Mount'],
    mountReply: [3, 'MountReply'],
    unmount: [4, 'Unmount'],
    unmountReply: [5, 'UnmountReply'],
    mountEnded: [6, 'MountEnded'],
    statsRequest: [7, 'StatsRequest'],
    statsReply: [8, 'StatsReply'],
    log: [9, 'Log'],
    ping: [10, 'Ping'],
    pong: [11, 'Pong'],
    bye: [12, 'Bye'],
    powerOff: [13, 'PowerOff'],
    powerOffReply: [14, 'PowerOffReply'],
    exec: [15, 'Exec'],
    execReply: [16, 'ExecReply'],
    bind: [17, 'Bind'],
    bindReply: [18, 'BindReply'],
    drain: [19, 'Drain'],
    drainReply: [20, 'DrainReply'],
  },
  Mount: {
    mountId: [1, 'uint32'],
    target: [2, 'bytes'],
    source: [3, 'string'],
    readOnly: [4, 'bool'],
    defaultPermissions: [5, 'bool'],
    laneSecret: [6, 'bytes'],
    maxRead: [7, 'uint32'],
    allowOther: [8, 'bool'],
    userXattrsOnly: [9, 'bool'],
    flushForLocksOnly: [10, 'bool'],
    writeBehind: [11, 'bool'],
  },
  MountReply: { mountId: [1, 'uint32'], errno: [2, 'int32'], message: [3, 'string'] },
  Drain: { mountId: [1, 'uint32'] },
  DrainReply: { mountId: [1, 'uint32'], errno: [2, 'int32'], message: [3, 'string'] },
  Bind: {
    mountId: [1, 'uint32'],
    superblockId: [2, 'uint32'],
    directory: [3, 'bytes'],
    target: [4, 'bytes'],
    readOnly: [5, 'bool'],
  },
  BindReply: { mountId: [1, 'uint32'], errno: [2, 'int32'], message: [3, 'string'] },
  Unmount: { mountId: [1, 'uint32'], lazy: [2, 'bool'] },
  UnmountReply: { mountId: [1, 'uint32'], errno: [2, 'int32'], message: [3, 'string'] },
  MountEnded: { mountId: [1, 'uint32'], reason: [2, 'string'] },
  StatsRequest: {},
  StatsReply: { mounts: [1, 'MountStats', 'repeated'], rss: [2, 'uint64'] },
  MountStats: {
    mountId: [1, 'uint32'],
    requests: [2, 'uint64'],
    replies: [3, 'uint64'],
    notifications: [4, 'uint64'],
    bytesOut: [5, 'uint64'],
    bytesIn: [6, 'uint64'],
    answered: [7, 'uint64'],
    injected: [8, 'uint64'],
    notInjected: [9, 'uint64'],
  },
  Log: { level: [1, 'uint32'], text: [2, 'string'] },
  Ping: {},
  Pong: {},
  Bye: { reason: [1, 'string'] },
  PowerOff: {},
  PowerOffReply: { errno: [1, 'int32'], message: [2, 'string'] },
  Exec: {
    execId: [1, 'uint32'],
    execSecret: [2, 'bytes'],
    argv: [3, 'string', 'repeated'],
    env: [4, 'string', 'repeated'],
    cwd: [5, 'string'],
    stdin: [6, 'bool'],
    tty: [7, 'bool'],
    rows: [8, 'uint32'],
    columns: [9, 'uint32'],
  },
  ExecReply: { execId: [1, 'uint32'], errno: [2, 'int32'], message: [3, 'string'] },
};

/** The members of Envelope's oneof: every field but the id. */
export const BODY_FIELDS: readonly string[] = Object.keys(messages.Envelope!).filter((name) => name !== 'id');

/** As `Root.fromJSON` of protobufjs takes it. */
export const descriptor = {
  nested: {
    osmofs: {
      edition: 'proto3',
      nested: {
        ...Object.fromEntries(Object.entries(enums).map(([name, values]) => [name, { values }])),
        ...Object.fromEntries(Object.entries(messages).map(([name, fields]) => [name, messageJson(name, fields)])),
      },
    },
  },
};

function messageJson(name: string, fields: Record<string, Field>): object {
  return {
    ...(name === 'Envelope' ? { oneofs: { body: { oneof: BODY_FIELDS } } } : {}),
    fields: Object.fromEntries(
      Object.entries(fields).map(([field, [id, type, rule]]) => [field, { ...(rule ? { rule } : {}), type, id }]),
    ),
  };
}
