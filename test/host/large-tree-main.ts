/**
 * Walks a large tree twice and keeps every node, in a process with few descriptors; then gives all back. Arguments: the
 * mount's budget of descriptors, files per directory. Prints what it saw as one line of JSON.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import * as s from '../../protocol/fuse/structs.js';
import { atExit } from '../support/at-exit.js';
import { entriesOf, opened } from './support/answers.js';
import { Guest } from './support/guest.js';
import { cstring, pack } from './support/message.js';

const WIDTH = 10;
const DEPTH = 3;
const FILES = Number(process.argv[3]);
/** Lookups under way at a time. */
const BATCH = 256;

const S_IFMT = 0o170_000;
const S_IFDIR = 0o040_000;
const MODE_AT = s.fuse_entry_out.at.attr + s.fuse_attr.at.mode;

/** 10 + 100 + 1000 directories, and FILES files in each and in the root. */
function build(directory: string, depth: number): number {
  let count = 0;
  for (let i = 0; i < FILES; i++, count++) writeFileSync(`${directory}/file-${i}`, '');
  if (depth === DEPTH) return count;
  for (let i = 0; i < WIDTH; i++) {
    mkdirSync(`${directory}/directory-${i}`);
    count += build(`${directory}/directory-${i}`, depth + 1);
  }
  return count;
}

// In memory if that is possible: this is about descriptors, and a busy disk takes minutes for so many files.
const root = mkdtempSync(`${existsSync('/dev/shm') ? '/dev/shm' : '/var/tmp'}/osmofs-test-`);
atExit(() => rmSync(root, { recursive: true, force: true }));
const guest = await Guest.open({ root, descriptorBudget: Number(process.argv[2]) });
const files = build(guest.root, 0);
const lookups = new Map<bigint, number>();
let errors = 0;
let mostDescriptors = 0;

async function walk(nodeid: bigint): Promise<void> {
  mostDescriptors = Math.max(mostDescriptors, readdirSync('/proc/self/fd').length);
  const fh = opened(await guest.call('OPENDIR', { nodeid }, pack(s.fuse_open_in, {})));
  const names: Buffer[] = [];
  for (let offset = 0n; ; ) {
    const body = await guest.call('READDIR', { nodeid }, pack(s.fuse_read_in, { fh, offset, size: 65_536 }));
    if (body.length === 0) break;
    const entries = entriesOf(body);
    offset = entries.at(-1)!.off;
    names.push(...entries.map(({ name }) => name));
  }
  await guest.call('RELEASEDIR', { nodeid }, pack(s.fuse_release_in, { fh }));
  const directories: bigint[] = [];
  const wanted = names.filter((name) => name.toString() !== '.' && name.toString() !== '..');
  for (let at = 0; at < wanted.length; at += BATCH) {
    const replies = wanted.slice(at, at + BATCH).map((name) => guest.ask('LOOKUP', { nodeid }, cstring(name)));
    for (const { error, body } of await Promise.all(replies)) {
      if (error !== 0) {
        errors++;
        continue;
      }
      const child = body.readBigUInt64LE(0);
      lookups.set(child, (lookups.get(child) ?? 0) + 1);
      if ((body.readUInt32LE(MODE_AT) & S_IFMT) === S_IFDIR) directories.push(child);
    }
  }
  for (const directory of directories) await walk(directory);
}

await walk(1n);
await walk(1n);
// Every node is still good, in an order in which no directory's descriptor is at hand.
const nodes = [...lookups.keys()];
for (let at = 0; at < nodes.length; at += 997) {
  const { error } = await guest.ask('GETATTR', { nodeid: nodes[(at * 7919) % nodes.length]! }, Buffer.alloc(16));
  if (error !== 0) errors++;
}
const full = await guest.statistics();
const items = [...lookups].map(([nodeid, nlookup]) => pack(s.fuse_forget_one, { nodeid, nlookup }));
for (let at = 0; at < items.length; at += 1000) {
  const some = items.slice(at, at + 1000);
  guest.tell('BATCH_FORGET', {}, pack(s.fuse_batch_forget_in, { count: some.length }), ...some);
}
const empty = await guest.statistics();
await guest.close();
console.log(JSON.stringify({ files, errors, mostDescriptors, known: lookups.size, full, empty }));
