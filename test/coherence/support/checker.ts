/**
 * The check: one host and its guests change the same tree and look at it, in random order and at the same time, and
 * whatever a look shows must be something that the mode's rules let it show (product.md §3).
 *
 * - `consistent`: what was acknowledged on any side before a look began is seen by it.
 * - `cached`: a guest may see older states, but never one older than what it did itself, than what it saw before, than
 *   the change that caused an event it was told of; and nothing older at all once the event of a file made afterwards
 *   has arrived. Whatever a guest did is on the host when the call has returned.
 * - `delegated`: as `cached`; every file here is closed when a change is acknowledged, so that it is on the host as well.
 */
import { assertSame } from '../../work/support/same.js';
import { isFile } from './compare.js';
import { Conduct, type ConductOptions, Incoherence } from './conduct.js';
import { describeBytes, HEADER_LENGTH } from './content.js';
import type { FileState } from './history.js';
import { chooseLook } from './looks.js';
import { Pace } from './pace.js';
import { DIRECTORIES, type Operation, PATHS, parentOf } from './plan.js';
import type { Side } from './side.js';
import type { Look } from './steps.js';

export interface CheckOptions extends ConductOptions {
  /** so many operations between two comparisons of everything; 500 unless given */
  readonly round?: number;
  /** Makes the daemon lose events, in the middle of everything; called once in every round. */
  readonly forceLoss?: () => Promise<void>;
}

export interface Report {
  changes: number;
  looks: number;
  events: number;
  rounds: number;
  losses: number;
}

class Check {
  private readonly report = { rounds: 0, losses: 0 };
  private readonly conduct: Conduct;
  private left: number;
  private cookies = 0;

  constructor(private readonly options: CheckOptions) {
    this.conduct = new Conduct(options);
    this.left = options.operations;
  }

  async run(): Promise<Report> {
    try {
      const [host] = this.conduct.sides;
      for (const path of DIRECTORIES) await host!.actor.ask({ do: 'mkdir', path });
      if (this.conduct.told)
        for (const { actor } of this.conduct.guests) await actor.ask({ do: 'watch', paths: ['.', ...DIRECTORIES] });
      while (this.left > 0) {
        if (this.conduct.random.below(4) === 0) await this.inTurn();
        else await this.atOnce();
        await this.level();
        await this.compare();
        this.report.rounds++;
      }
      return { ...this.report, ...this.conduct.counts };
    } finally {
      for (const { actor } of this.conduct.sides) await actor.end();
    }
  }

  // -- rounds --------------------------------------------------------------------------------------------------------

  /** Every side on its own. */
  private async atOnce(): Promise<void> {
    let budget = Math.min(this.left, this.options.round ?? 500);
    this.left -= budget;
    const lossAt = this.conduct.random.below(budget);
    const pace = new Pace(this.conduct.sides.length, 1 + this.conduct.random.below(20));
    const lane = async (side: Side) => {
      while (budget > 0 && this.conduct.failure === undefined) {
        const step = budget--;
        await pace.step(side.index);
        if (step - 1 === lossAt) await this.lose();
        const operation = this.conduct.random.below(5) < 2 ? this.conduct.draw(side) : undefined;
        if (operation !== undefined) await this.conduct.change(side, operation);
        else
          await this.conduct.look(
            side,
            chooseLook(
              this.conduct.random,
              this.conduct.history,
              side,
              this.conduct.recent,
              this.conduct.activePaths(),
            ),
          );
      }
    };
    // All of them have to end, whatever happens to one.
    const fail = (error: Error) => {
      this.conduct.failure ??= error;
    };
    await Promise.all(
      this.conduct.sides.map((side) =>
        lane(side)
          .catch(fail)
          .finally(() => pace.leave(side.index)),
      ),
    );
    this.conduct.check();
  }

  /** One change at a time, after which the others look: nothing depends on chance but the seed. */
  private async inTurn(): Promise<void> {
    const end = Math.max(0, this.left - (this.options.round ?? 500));
    const lossAt = end + this.conduct.random.below(this.left - end);
    let lost = false;
    while (this.left > end) {
      const side = this.conduct.random.pick(this.conduct.sides);
      const operation = this.conduct.draw(side);
      this.left--;
      if (operation === undefined) continue;
      if (!lost && this.left <= lossAt) {
        await this.lose();
        lost = true;
      }
      const others = this.conduct.sides.filter((other) => other !== side);
      const paths = toldUnder(side, operation);
      const heard = paths.every((path) => DIRECTORIES.includes(parentOf(path))) && this.conduct.told;
      const events = others.map((other) => (heard && other.index > 0 ? other.eventOn(...paths) : undefined));
      const told = Promise.all(events);
      told.catch(() => undefined);
      await this.conduct.change(side, operation);
      await told;
      const touched = operation.effects.map(({ key }) => key).filter((key) => !key.startsWith('#'));
      const looks = touched.slice(0, 4).flatMap((path): Look[] => [
        { do: 'stat', path },
        { do: 'read', path },
      ]);
      looks.push({ do: 'list', path: parentOf(operation.primary) });
      await Promise.all(
        others.map(async (other) => {
          for (const look of looks) await this.conduct.look(other, look);
        }),
      );
      this.left -= others.length * looks.length;
      this.conduct.check();
      // From here on the next event can have one cause only.
      if (this.conduct.told) await this.level();
    }
    if (!lost) await this.lose();
  }

  private async lose(): Promise<void> {
    if (this.options.forceLoss === undefined) return;
    this.report.losses++;
    await this.options.forceLoss();
  }

  /** Everybody has seen everything up to now: each has the event of a file that was made after it (style.md 10). */
  private async level(): Promise<void> {
    for (const side of this.conduct.sides) {
      for (const handle of side.handles.keys()) await side.actor.ask({ do: 'drop', handle });
      side.handles.clear();
    }
    if (this.conduct.told) {
      const names = await Promise.all(this.conduct.sides.map((side) => this.cookie(side)));
      for (const path of names) await this.conduct.sides[0]!.actor.ask({ do: 'unlink', path });
    }
    this.conduct.check();
    for (const side of this.conduct.sides) side.settled();
    this.conduct.history.settle();
  }

  private async cookie(side: Side): Promise<string> {
    const path = `.cookie-${++this.cookies}`;
    const arrivals = Promise.all(
      this.conduct.guests.filter((guest) => guest !== side).map((guest) => guest.eventOn(path)),
    );
    arrivals.catch(() => undefined);
    const stamp = { writer: side.index, sequence: this.cookies, length: HEADER_LENGTH + 1 };
    const { error } = await side.actor.ask({ do: 'create', path, stamp });
    if (error !== undefined) throw new Incoherence(`${side.name}: create ${path}: ${error}${this.conduct.where()}`);
    await arrivals;
    return path;
  }

  /** Byte for byte, metadata included. */
  private async compare(): Promise<void> {
    const all = await Promise.all(this.conduct.sides.map(({ actor }) => actor.ask({ do: 'snapshot' })));
    const [host, ...guests] = all.map(({ lines, error }) => {
      if (lines === undefined) throw new Incoherence(`cannot be walked: ${error}${this.conduct.where()}`);
      return lines
        .filter((line) => !line.startsWith('.cookie') && !(this.conduct.told && line.startsWith('. ')))
        .map(shortened);
    });
    const there = host!.map((line) => line.slice(0, line.indexOf(' '))).filter((path) => path !== '.');
    assertSame(
      there.toSorted(),
      PATHS.filter((path) => this.conduct.history.latest(path).state !== null).toSorted(),
      `names on the host, expected (-) and found (+)${this.conduct.where()}`,
    );
    for (const [i, lines] of guests.entries())
      assertSame(
        lines,
        host!,
        `the host (-) and ${this.conduct.guests[i]!.name} (+) when nothing happens any more${this.conduct.where()}`,
      );
  }
}

/**
 * The paths under one of which others are told of the change. A guest's requests name a file's node and not by which of its names it
 * was opened, so on the host its changes appear under any of them.
 */
function toldUnder(side: Side, { primary, effects }: Operation): string[] {
  const main = effects.find(({ key }) => key === primary)?.final;
  if (side.index === 0 || !isFile(main ?? null)) return [primary];
  const { number } = main as FileState;
  return effects
    .filter(({ key, final }) => !key.startsWith('#') && isFile(final) && final.number === number)
    .map(({ key }) => key);
}

/** A line of a snapshot with its content in words. */
function shortened(line: string): string {
  const fields = line.split(' ');
  if (fields[1] !== 'file' || fields.length < 7) return line;
  return [...fields.slice(0, 6), describeBytes(Buffer.from(fields[6]!, 'base64'))].join(' ');
}

/** @throws Incoherence with the seed, what was seen and the history of what it is about */
export async function check(options: CheckOptions): Promise<Report> {
  return await new Check(options).run();
}
