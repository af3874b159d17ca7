/** Runs cases on a target: what the watcher was told, and whether both sides are the same afterwards. */
import { PATIENCE } from '../support/patience.js';
import { compareTrees } from '../support/trees.js';
import { Cookies, linesOf } from './lines.js';
import { type Case, labels, warmed } from './matrix.js';
import { here, Program } from './program.js';
import type { ChangerRequests, WatcherRequests } from './protocol.js';
import type { Target } from './targets/target.js';

export interface Recording {
  /** the events, and before those of each further step a line that begins with `--` */
  readonly lines: string[];
  /** where the two sides' trees differ */
  readonly trees: string[];
}

/** After so many cases in a row in which cookies never came, the others are not waited for. */
const GIVE_UP = 3;

export class Recorder {
  private count = 0;
  private vain = 0;

  private constructor(
    readonly target: Target,
    private readonly changer: Program<ChangerRequests>,
    private readonly watchers: { readonly here: Program<WatcherRequests>; readonly apart: Program<WatcherRequests> },
  ) {}

  /** Of the target, which it disposes of in the end. */
  static async open(target: Target): Promise<Recorder> {
    const started: { end(): Promise<void> }[] = [];
    const start = async <R extends { [K in keyof R]: (request: never) => unknown }>(argv: string[], what: string) => {
      const program = await Program.start<R>(argv, what);
      started.push(program);
      return program;
    };
    try {
      const changer = await start<ChangerRequests>(here('./changer-main.js'), 'the changer');
      const watchers = {
        here: await start<WatcherRequests>(target.program('watcher-main.js', false), 'the watcher'),
        apart: await start<WatcherRequests>(
          target.program('watcher-main.js', true),
          'the watcher of its own namespace',
        ),
      };
      return new Recorder(target, changer, watchers);
    } catch (error) {
      for (const program of started) await program.end();
      await target.dispose();
      throw error;
    }
  }

  async close(): Promise<void> {
    // The watchers first: a mount namespace holds the mounts that are in it.
    for (const program of [this.watchers.here, this.watchers.apart, this.changer]) await program.end();
    await this.target.dispose();
  }

  async record(one: Case): Promise<Recording> {
    if (this.vain >= GIVE_UP) throw new Error(`${this.target.name}: no events at all in the last ${GIVE_UP} cases`);
    const watcher = one.kind.view === 'namespace' ? this.watchers.apart : this.watchers.here;
    const name = `${++this.count}-${one.change.slug}`;
    try {
      return await this.run(one, name, watcher);
    } finally {
      await watcher.ask('end', {});
      await this.changer.ask('end', {});
    }
  }

  private async run(one: Case, name: string, watcher: Program<WatcherRequests>): Promise<Recording> {
    const { target, changer } = this;
    const { change, kind, warmth } = one;
    const dir = `${target.host}/${name}`;
    const view = `${target.views[kind.view]}/${name}`;
    await changer.ask('prepare', { slug: change.slug, dir, outside: `${target.outside}/${name}` });
    target.beforeChange?.(name);
    await watcher.ask('watch', { dir: view, labels: labels(one), recursive: kind.recursive });

    let when = 'before the change';
    /** What the watcher was told until the cookies had come, or gone. */
    const told = async (cookies: readonly string[], swept: boolean) => {
      const { events, missing } = await watcher.ask('until', { cookies, swept, milliseconds: PATIENCE });
      if (missing.length === 0) {
        this.vain = 0;
        return events;
      }
      this.vain++;
      const lines = linesOf(events, new Cookies(), options);
      const came = lines.length === 0 ? 'nothing' : `\n  ${lines.join('\n  ')}`;
      const what = swept ? 'went' : 'came';
      throw new Error(
        `${when}: ${missing.length} of ${cookies.length} cookies never ${what}; until then came: ${came}`,
      );
    };
    const step = async (index: number) => {
      const also = target.cookiesAlso && `${target.cookiesAlso}/${name}`;
      const where = kind.recursive ? 'all' : 'watched';
      return await told(await changer.ask('step', { index, cookies: where, ...(also && { also }) }), false);
    };
    const options = { merge: change.neighbours !== undefined };
    if (target.late) {
      await step(change.steps.length);
      await told(await changer.ask('sweep', {}), true);
    }
    await watcher.ask('warm', { dir: view, warmth, ...warmed(one) });

    const cookies = new Cookies();
    const linesOfStep = async (index: number) => {
      when = `step ${index + 1}`;
      return linesOf(await step(index), cookies, options);
    };
    const lines: string[] = [];
    for (const index of change.steps.keys())
      lines.push(...(index === 0 ? [] : [`-- step ${index + 1}`]), ...(await linesOfStep(index)));
    if (warmth === 'open') {
      // What ends with the guest's last descriptor: an object without a name.
      await watcher.ask('release', {});
      lines.push('-- closed', ...(await linesOfStep(change.steps.length)));
    }
    const [host, mount] = [await changer.ask('tree', { dir }), await watcher.ask('tree', { dir: view })];
    const trees = compareTrees(host, mount, { owners: target.owners });
    const late = linesOf(await watcher.ask('end', {}), cookies, options);
    if (late.length > 0) lines.push('-- afterwards', ...late);
    return { lines, trees };
  }
}
