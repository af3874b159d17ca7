/**
 * Mutated requests against mounts of this process, session after session. Arguments: seed, number of mutations, seconds.
 * Prints its tally as one line of JSON; everything that must not happen ends it with an error.
 */
import assert from 'node:assert/strict';
import { openDescriptors } from '../host/support/descriptors.js';
import { eventually } from '../host/support/eventually.js';
import { Guest } from '../host/support/guest.js';
import { ROOT, Vfs } from '../host/support/vfs.js';
import { Random } from '../unit/protocol/random.js';
import { Field } from './support/field.js';
import { Session, type Tally } from './support/session.js';

const [seed, mutations, seconds] = process.argv.slice(2).map(Number) as [number, number, number];
const PER_SESSION = 2500;
/** Sessions before memory and descriptors are measured for the first time. */
const WARM_UP = 6;
const MOST_GROWTH = 64 << 20;
const KINDS = ['host', 'strict', 'caller'] as const;

const gc = globalThis.gc as () => void;
const random = new Random(seed);
const field = new Field();
const tally: Tally = { mutations: 0, replies: 0, sessions: 0, endings: {}, answered: {} };

/** A session that does nothing wrong, beside the others. */
const control = await Vfs.open();

async function controlWorks(): Promise<void> {
  const { nodeid, fh } = await control.create(ROOT, 'control');
  await control.write(nodeid, fh, 0, 'all is well');
  assert.equal((await control.read(nodeid, fh, 0, 100)).toString(), 'all is well');
  await control.release(nodeid, fh);
  await control.unlink(ROOT, 'control');
  control.forget(nodeid);
  const { nodes, handles } = await control.guest.statistics();
  assert.deepEqual({ nodes, handles }, { nodes: 1, handles: 0 });
}

interface Prepared {
  readonly guest: Guest;
  readonly root: string;
}

/** Drawn from numbers of its own: when it happens must not matter for what is sent. */
const choices = new Random(seed);

async function prepare(): Promise<Prepared> {
  const root = field.root();
  const ownership = { kind: choices.pick(KINDS) };
  const descriptorBudget = 16 + choices.below(64);
  return { root, guest: await Guest.open({ root, ownership, readOnly: choices.below(8) === 0, descriptorBudget }) };
}

const start = performance.now();
const isOver = () => tally.mutations >= mutations || performance.now() - start > seconds * 1000;
let before: { rss: number; descriptors: string[] } | undefined;

async function measure(): Promise<{ rss: number; descriptors: string[] }> {
  await controlWorks();
  gc();
  return { rss: process.memoryUsage.rss(), descriptors: openDescriptors() };
}

async function fuzz(): Promise<void> {
  let next = prepare();
  while (!isOver() || tally.sessions <= WARM_UP) {
    const { guest, root } = await next;
    // Its workers start while this session runs.
    next = prepare();
    const session = new Session(guest, random, tally);
    try {
      await session.run(PER_SESSION);
      field.secret.assertUntouched();
      await controlWorks();
    } catch (error) {
      console.error(`session ${tally.sessions}; the last messages sent:`);
      for (const bytes of session.last) console.error(bytes.toString('hex').slice(0, 400));
      throw error;
    }
    await guest.close();
    field.clear(root);
    if (tally.sessions === WARM_UP) before = await measure();
  }
  const { guest, root } = await next;
  await guest.close();
  field.clear(root);

  let after = await measure();
  await eventually(
    () => `descriptors given back; there were ${before!.descriptors.join(', ')}; now ${after.descriptors.join(', ')}`,
    async () => {
      after = await measure();
      return after.descriptors.length <= before!.descriptors.length;
    },
  );
  const growth = after.rss - before!.rss;
  assert.ok(growth < MOST_GROWTH, `memory has grown by ${growth >> 20} MiB`);
  await control.close();
  field.secret.assertUntouched();
  field.close();
  console.log(JSON.stringify({ ...tally, growth, seconds: (performance.now() - start) / 1000 }));
}

await fuzz().catch((error) => {
  console.error(error);
  field.close();
  // Not in good order: a worker that hangs in the addon would hold up an orderly end for ever.
  process.kill(process.pid, 'SIGKILL');
});
