/** config.json: what the user has decided. Read afresh at every use, so an edit by hand counts at once. */
import { closeSync, fsyncSync, openSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, isAbsolute } from 'node:path';
import * as v from 'valibot';
import { writeWhole as replaceFile } from '../vm/write-whole.js';
import { CONSISTENCY_MODES, OWNERSHIP_KINDS } from './mount-options.js';
import { messageOf, Problem, systemCode } from './problem.js';

const absolutePath = v.pipe(v.string(), v.check(isAbsolute, 'must be an absolute path'));

const configSchema = v.strictObject({
  /** share roots; without the key, those of the platform */
  shares: v.optional(v.array(absolutePath)),
  /** what `mount` takes when it is not told */
  defaults: v.optional(
    v.strictObject({
      consistency: v.optional(v.picklist(CONSISTENCY_MODES)),
      ownership: v.optional(v.picklist(OWNERSHIP_KINDS)),
      readOnly: v.optional(v.boolean()),
    }),
  ),
});

export type Config = v.InferOutput<typeof configSchema>;

/** A missing file is an empty configuration; anything unreadable or not of the shape above is a {@link Problem}. */
export function readConfig(file: string): Config {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return {};
    throw new Problem('bad-config', file, `cannot be read (${systemCode(error)})`, 'Make it readable', {
      cause: error,
    });
  }
  return parseConfig(text, file);
}

export function parseConfig(text: string, file: string): Config {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Problem('bad-config', file, `not JSON: ${messageOf(error)}`, 'Correct it, or remove the file', {
      cause: error,
    });
  }
  // To valibot a list is an object as well.
  if (Array.isArray(value)) throw new Problem('bad-config', file, 'top level: a list, not an object', 'Correct it');
  const parsed = v.safeParse(configSchema, value);
  if (parsed.success) return parsed.output;
  const issue = parsed.issues[0];
  const key = v.getDotPath(issue) ?? 'top level';
  throw new Problem('bad-config', file, `${key}: ${explain(issue)}`, 'Correct or remove that key');
}

/** valibot's own sentence, but for a key we do not know, where it says "expected never". */
export function explain(issue: v.BaseIssue<unknown>): string {
  if (issue.kind === 'schema' && issue.type === 'strict_object' && issue.expected === 'never') return 'no such key';
  return issue.message;
}

/** All or nothing: written beside the file, synced, renamed over it. A symlink to the file stays one. */
export function writeConfig(file: string, config: Config): void {
  writeWhole(file, `${JSON.stringify(config, null, 2)}\n`);
}

/** Replaces the file's content atomically and for good, mode 0600. @throws Problem */
export function writeWhole(file: string, text: string): void {
  const real = resolveLink(file);
  try {
    replaceFile(real, text);
  } catch (error) {
    throw new Problem('bad-config', file, `cannot be written (${systemCode(error)})`, 'Make room or allow it', {
      cause: error,
    });
  }
  const directory = openSync(dirname(real), 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

function resolveLink(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return file;
  }
}
