/**
 * The process in which cases run, one at a time, as {@link Suite} asks: it may hang in a system call or die, the suite
 * notices and says which case it was. argv[2] = PlaceOptions as JSON. IPC: {slug} → {slug, status, reason?, milliseconds}.
 */

import { removeDirectory } from '../support/cleanup.js';
import { missing } from '../support/features.js';
import { type Answers, Peers, Place, type PlaceOptions } from '../support/place.js';
import type { Outcome } from '../support/suite.js';
import * as sys from '../support/sys.js';
import { type Case, loadCases } from './cases.js';

const options = JSON.parse(process.argv[2]!) as PlaceOptions;
// Where the host is another machine, its path says nothing here.
const hostIsHere = options.host !== undefined && options.hostPeer === undefined;
if (options.name !== 'bare' && hostIsHere && sys.stat(options.dir).dev === sys.stat(options.host!).dev) {
  throw new Error(`${options.dir} is no mount: it lies on the same file system as ${options.host}`);
}
const peers = new Peers();
const answers: Answers = new Map();

async function execute(one: Case): Promise<Pick<Outcome, 'status' | 'reason'>> {
  try {
    const reason = missing(one.needs, { options, peers }, answers);
    if (reason) return { status: 'skipped', reason };
    const place = new Place(options, one.slug, peers);
    sys.mkdir(place.dir, 0o755);
    await one.run(place);
    return { status: 'passed' };
  } catch (error) {
    return { status: 'failed', reason: (error as Error).stack ?? String(error) };
  }
}

/** The next case starts from the same state, whatever this one did. */
async function restore(one: Case): Promise<void> {
  sys.chdir('/');
  sys.umask(0o022);
  sys.unmapAll();
  sys.closeAll();
  await peers.release();
  // A host that is another machine does it itself: each request there takes long.
  if (options.host !== undefined && options.hostPeer !== undefined) {
    peers.take({ command: options.hostPeer }).do('removeDirectory', options.host, one.slug);
    await peers.release();
  } else removeDirectory(options.dir, one.slug);
}

async function run(one: Case): Promise<Outcome> {
  const start = performance.now();
  let outcome = await execute(one);
  try {
    await restore(one);
  } catch (error) {
    if (outcome.status !== 'failed') outcome = { status: 'failed', reason: `cleaning up: ${(error as Error).stack}` };
  }
  return { slug: one.slug, ...outcome, milliseconds: Math.round(performance.now() - start) };
}

const SIGKILL = 9;
sys.prctl(sys.C.PR_SET_PDEATHSIG, SIGKILL);
sys.umask(0o022);
const cases = new Map((await loadCases()).map((one) => [one.slug, one]));
process.on('message', async ({ slug }: { slug: string }) => {
  process.send!(await run(cases.get(slug)!));
});
process.on('disconnect', async () => {
  await peers.end();
  process.exit(0);
});
process.send!({ ready: true });
