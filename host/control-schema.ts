/** What the control API accepts. The types are those of api.ts; a test keeps the two together. */
import * as v from 'valibot';
import type { ExecRequest, MountRequest, ShareRemoval, ShareRequest, StopRequest, UnmountRequest } from './api.js';
import { explain } from './config.js';
import { CONSISTENCY_MODES, ID_LIMIT, NAME_PATTERN, OWNERSHIP_KINDS } from './mount-options.js';
import { Problem } from './problem.js';

/** PATH_MAX of Linux less the NUL. */
const PATH_LIMIT = 4095;

const path = v.pipe(
  v.string(),
  v.check((text) => text.startsWith('/'), 'must be an absolute path'),
  v.check((text) => Buffer.byteLength(text) <= PATH_LIMIT, `is longer than ${PATH_LIMIT} bytes`),
  v.check((text) => !text.includes('\0'), 'has a NUL character'),
);
const id = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(ID_LIMIT));
const word = v.pipe(
  v.string(),
  v.check((text) => !text.includes('\0'), 'has a NUL character'),
);
/** unsigned short of struct winsize */
const size = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xffff));
const guest = v.pipe(v.string(), v.regex(NAME_PATTERN, 'is not a valid name'));

export const schemas = {
  mount: v.strictObject({
    source: path,
    target: path,
    guest: v.exactOptional(guest),
    name: v.exactOptional(v.string()),
    consistency: v.exactOptional(v.picklist(CONSISTENCY_MODES)),
    ownership: v.exactOptional(v.picklist(OWNERSHIP_KINDS)),
    uid: v.exactOptional(id),
    gid: v.exactOptional(id),
    readOnly: v.exactOptional(v.boolean()),
    nonempty: v.exactOptional(v.boolean()),
  }) satisfies v.GenericSchema<unknown, MountRequest>,
  unmount: v.strictObject({
    select: v.union([
      v.literal('all'),
      v.strictObject({ target: path }),
      v.strictObject({ name: v.pipe(v.string(), v.nonEmpty()), target: path }),
    ]),
    lazy: v.boolean(),
  }) satisfies v.GenericSchema<unknown, UnmountRequest>,
  share: v.strictObject({ path }) satisfies v.GenericSchema<unknown, ShareRequest>,
  unshare: v.strictObject({ path, force: v.boolean() }) satisfies v.GenericSchema<unknown, ShareRemoval>,
  exec: v.strictObject({
    guest,
    argv: v.pipe(
      v.array(word),
      v.check((words) => (words[0] ?? '') !== '', 'names no program'),
    ),
    env: v.array(v.pipe(word, v.regex(/^[^=]+=/, 'is not NAME=VALUE'))),
    cwd: v.union([v.literal(''), path]),
    stdin: v.boolean(),
    tty: v.boolean(),
    rows: size,
    columns: size,
  }) satisfies v.GenericSchema<unknown, ExecRequest>,
  stop: v.strictObject({ force: v.boolean() }) satisfies v.GenericSchema<unknown, StopRequest>,
};

/** @throws Problem 'bad-request' naming the key */
export function validate<T>(schema: v.GenericSchema<unknown, T>, value: unknown): T {
  const parsed = v.safeParse(schema, value);
  if (parsed.success) return parsed.output;
  const issue = parsed.issues[0];
  const key = v.getDotPath(issue) ?? 'the request';
  throw new Problem('bad-request', key, explain(issue), 'Is osmofs as new as its daemon?');
}
