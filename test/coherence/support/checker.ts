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
import { lstatSync, readFileSync } from 'node:fs';
import { Random } from '../../unit/protocol/random.js';
import { assertSame } from '../../work/support/same.js';
import type { SideOptions } from './actor.js';
import { describeSeen, describeState, explain, hostDiffers, isFile } from './compare.js';
import { describeBytes, HEADER_LENGTH } from './content.js';
import { type Facet, History, type State, type Version } from './history.js';
import { chooseLook } from './looks.js';
import { statOf } from './perform.js';
import { conflict, DIRECTORIES, type Operation, PATHS, Planner, parentOf } from './plan.js';
import { Side } from './side.js';
import type { Look, Notice, Seen, Step } from './steps.js';

export type Rules = 'consistent' | 'cached' | 'delegated';

export interface CheckOptions {
  readonly seed: number;
  /** changes and looks together */
  readonly operations: number;
  /** so many between two comparisons of everything; 500 unless given */
  readonly round?: number;
  readonly rules: Rules;
  /** the directory itself; empty at the beginning */
  readonly host: SideOptions;
  /** mounts of it */
  readonly guests: readonly SideOptions[];
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

/** What was seen cannot be. */
export class Incoherence extends Error {
  override readonly name = 'Incoherence';
}

class Check {
  readonly report: Report = { changes: 0, looks: 0, events: 0, rounds: 0, losses: 0 };
  private readonly random: Random;
  private readonly history = new History();
  private readonly planner: Planner;
  private readonly sides: Side[];
  private readonly guests: Side[];
  /** whether guests have to be told of changes */
  private readonly told: boolean;
  private now = 0;
  private left: number;
  private cookies = 0;
  private readonly active = new Set<Operation>();
  private readonly recent: string[] = [];
  private failure: Error | undefined;

  constructor(private readonly options: CheckOptions) {
    this.random = new Random(options.seed);
    this.planner = new Planner(this.history, this.random);
    this.left = options.operations;
    this.told = options.rules !== 'consistent';
    this.sides = [options.host, ...options.guests].map(
      (side, index) => new Side(index, side, index === 0 || !this.told, this.history),
    );
    this.guests = this.sides.slice(1);
    for (const side of this.sides) {
      side.actor.onNotice = (notice) => {
        try {
          this.notice(side, notice);
        } catch (error) {
          this.failure ??= error as Error;
        }
      };
    }
  }

  async run(): Promise<Report> {
    try {
      const [host] = this.sides;
      for (const path of DIRECTORIES) await host!.actor.ask({ do: 'mkdir', path });
      if (this.told)
        for (const { actor } of this.guests) await actor.ask({ do: 'watch', paths: ['.', ...DIRECTORIES] });
      while (this.left > 0) {
        if (this.random.below(4) === 0) await this.inTurn();
        else await this.atOnce();
        await this.level();
        await this.compare();
        this.report.rounds++;
      }
      return this.report;
    } finally {
      for (const { actor } of this.sides) await actor.end();
    }
  }

  // -- rounds --------------------------------------------------------------------------------------------------------

  /** Every side on its own. */
  private async atOnce(): Promise<void> {
    let budget = Math.min(this.left, this.options.round ?? 500);
    this.left -= budget;
    const lossAt = this.random.below(budget);
    const lane = async (side: Side) => {
      while (budget > 0 && this.failure === undefined) {
        budget--;
        if (budget === lossAt) await this.lose();
        const operation = this.random.below(5) < 2 ? this.draw(side) : undefined;
        if (operation !== undefined) await this.change(side, operation);
        else await this.look(side, chooseLook(this.random, this.history, side, this.recent, this.activePaths()));
      }
    };
    // All of them have to end, whatever happens to one.
    const fail = (error: Error) => {
      this.failure ??= error;
    };
    await Promise.all(this.sides.map((side) => lane(side).catch(fail)));
    if (this.failure !== undefined) throw this.failure;
  }

  /** One change at a time, after which the others look: nothing depends on chance but the seed. */
  private async inTurn(): Promise<void> {
    const end = Math.max(0, this.left - (this.options.round ?? 500));
    const lossAt = end + this.random.below(this.left - end);
    let lost = false;
    while (this.left > end) {
      const side = this.random.pick(this.sides);
      const operation = this.draw(side);
      this.left--;
      if (operation === undefined) continue;
      if (!lost && this.left <= lossAt) await this.lose();
      lost ||= this.left <= lossAt;
      const others = this.sides.filter((other) => other !== side);
      const heard = DIRECTORIES.includes(parentOf(operation.primary)) && this.told;
      const events = others.map((other) => (heard && other.index > 0 ? other.eventOn(operation.primary) : undefined));
      const told = Promise.all(events);
      told.catch(() => undefined);
      await this.change(side, operation);
      await told;
      const paths = operation.effects.map(({ key }) => key).filter((key) => !key.startsWith('#'));
      const looks = paths.slice(0, 4).flatMap((path): Look[] => [
        { do: 'stat', path },
        { do: 'read', path },
      ]);
      looks.push({ do: 'list', path: parentOf(operation.primary) });
      await Promise.all(
        others.map(async (other) => {
          for (const look of looks) await this.look(other, look);
        }),
      );
      this.left -= others.length * looks.length;
      if (this.failure !== undefined) throw this.failure;
      // From here on the next event can have one cause only.
      if (this.told) await this.level();
    }
  }

  private async lose(): Promise<void> {
    if (this.options.forceLoss === undefined) return;
    this.report.losses++;
    await this.options.forceLoss();
  }

  /** Everybody has seen everything up to now: each has the event of a file that was made after it (style.md 10). */
  private async level(): Promise<void> {
    for (const side of this.sides) {
      for (const handle of side.handles.keys()) await side.actor.ask({ do: 'drop', handle });
      side.handles.clear();
    }
    if (this.told) {
      const names = await Promise.all(this.sides.map((side) => this.cookie(side)));
      for (const path of names) await this.sides[0]!.actor.ask({ do: 'unlink', path });
    }
    if (this.failure !== undefined) throw this.failure;
    for (const side of this.sides) side.settled();
    this.history.settle();
  }

  private async cookie(side: Side): Promise<string> {
    const path = `.cookie-${++this.cookies}`;
    const arrivals = Promise.all(this.guests.filter((guest) => guest !== side).map((guest) => guest.eventOn(path)));
    arrivals.catch(() => undefined);
    const stamp = { writer: side.index, sequence: this.cookies, length: HEADER_LENGTH + 1 };
    const { error } = await side.actor.ask({ do: 'create', path, stamp });
    if (error !== undefined) throw new Incoherence(`${side.name}: create ${path}: ${error}${this.where()}`);
    await arrivals;
    return path;
  }

  /** Byte for byte, metadata included. */
  private async compare(): Promise<void> {
    const all = await Promise.all(this.sides.map(({ actor }) => actor.ask({ do: 'snapshot' })));
    const [host, ...guests] = all.map(({ lines, error }) => {
      if (lines === undefined) throw new Incoherence(`cannot be walked: ${error}${this.where()}`);
      return lines
        .filter((line) => !line.startsWith('.cookie') && !(this.told && line.startsWith('. ')))
        .map(shortened);
    });
    const there = host!.map((line) => line.slice(0, line.indexOf(' '))).filter((path) => path !== '.');
    assertSame(
      there.toSorted(),
      PATHS.filter((path) => this.history.latest(path).state !== null).toSorted(),
      `names on the host, expected (-) and found (+)${this.where()}`,
    );
    for (const [i, lines] of guests.entries())
      assertSame(
        lines,
        host!,
        `the host (-) and ${this.guests[i]!.name} (+) when nothing happens any more${this.where()}`,
      );
  }

  // -- changes -------------------------------------------------------------------------------------------------------

  private draw(side: Side): Operation | undefined {
    for (let attempt = 0; attempt < 12; attempt++) {
      const operation = this.planner.draw(side.index);
      if (operation === undefined) continue;
      if ([...this.active].some(({ concerns }) => conflict(concerns, operation.concerns))) continue;
      if (side.current(operation.effects.map(({ key }) => key))) return operation;
    }
    return undefined;
  }

  private async change(side: Side, operation: Operation): Promise<void> {
    const { number, effects, step } = operation;
    const begun = ++this.now;
    this.report.changes++;
    this.active.add(operation);
    this.history.begin(number, effects, begun);
    this.recent.push(operation.primary);
    const { error } = await side.actor.ask(step);
    const ended = ++this.now;
    const line = `${begun}–${ended} ${side.name} #${number}: ${JSON.stringify(step)}`;
    const keys = effects.map(({ key }) => key);
    if (error !== undefined) {
      this.history.note(keys, `${line}: ${error}`);
      throw new Incoherence(`${line} failed with ${error}${this.where(...keys)}`);
    }
    this.verify(side, operation, line);
    this.history.end(number, effects, ended);
    for (const key of keys) side.raiseAll(key, this.history.latest(key).index);
    this.recent.push(operation.primary);
    this.recent.splice(0, this.recent.length - 8);
    this.active.delete(operation);
  }

  /** Whatever was acknowledged is on the host by now. */
  private verify(side: Side, { effects, primary }: Operation, line: string): void {
    const keys = effects.map(({ key }) => key);
    for (const { key, final } of effects) {
      if (key.startsWith('#')) continue;
      const seen = this.onHost(key);
      if (final !== null && 'mtime' in final) (final as { mtime: string | undefined }).mtime ??= seen.stat?.mtime;
      const differs = hostDiffers(final, seen) ?? (key === primary ? this.contentDiffers(key, final) : undefined);
      if (differs === undefined) continue;
      this.history.note(keys, line);
      throw new Incoherence(`${line}\n  acknowledged to ${side.name}, but of ${key} ${differs}${this.where(...keys)}`);
    }
    this.history.note(keys, `${line} → ${describeState(effects[0]!.final)}`);
  }

  private onHost(path: string): Seen {
    try {
      return { stat: statOf(`${this.options.host.dir}/${path}`) };
    } catch (error) {
      return { error: (error as NodeJS.ErrnoException).code! };
    }
  }

  private contentDiffers(path: string, state: State): string | undefined {
    const file = `${this.options.host.dir}/${path}`;
    if (!isFile(state) || !lstatSync(file).isFile()) return undefined;
    const bytes = readFileSync(file);
    return bytes.equals(state.bytes) ? undefined : `the host has ${describeBytes(bytes)}, not ${describeState(state)}`;
  }

  // -- looks ---------------------------------------------------------------------------------------------------------

  private async look(side: Side, step: Look): Promise<void> {
    const asked = ++this.now;
    this.report.looks++;
    const seen = await side.actor.ask(step);
    ++this.now;
    if (step.do === 'again') {
      const key = `#${side.handles.get(step.handle)}`;
      this.judge(side, 'stat', key, seen, asked, step);
      this.judge(side, 'read', key, seen, asked, step);
    } else if (step.do === 'list') this.judgeList(side, step.path, seen, asked, step);
    else if (step.do === 'hold') await this.held(side, step, seen, asked);
    else this.judge(side, step.do, step.path, seen, asked, step);
  }

  private judgeList(side: Side, directory: string, seen: Seen, asked: number, step: Step): void {
    const names = new Set(Object.keys(seen.names ?? {}));
    for (const path of PATHS) if (parentOf(path) === directory) names.add(path.slice(directory.length + 1));
    for (const name of names) this.judge(side, 'list', `${directory}/${name}`, seen, asked, step, name);
  }

  /** The descriptor is kept if it is certain which file it leads to. */
  private async held(side: Side, step: Look & { do: 'hold' }, seen: Seen, asked: number): Promise<void> {
    const version = this.judge(side, 'read', step.path, seen, asked, step);
    if (seen.error !== undefined) return;
    const certain = this.history.latest(step.path) === version && isFile(version.state);
    if (certain) side.handles.set(step.handle, (version.state as { number: number }).number);
    else await side.actor.ask({ do: 'drop', handle: step.handle });
  }

  private judge(side: Side, facet: Facet, key: string, seen: Seen, asked: number, step: Step, name = ''): Version {
    const floor = side.floor(facet, key, asked);
    const possible = this.history.versions(key).filter(({ index }) => index >= floor);
    const version = explain(facet, possible, seen, name);
    if (version !== undefined) {
      side.raise(facet, key, version.index);
      if (side.strict) version.seen[facet] ??= this.now;
      return version;
    }
    const lines = [
      `${side.name} asked ${JSON.stringify(step)} at ${asked}; answered at ${this.now}; ${facet} of ${key}`,
      `  saw: ${describeSeen(facet, seen, name)}`,
      ...possible.map(({ state, operation }) => `  could be: ${describeState(state)} (operation #${operation})`),
    ];
    throw new Incoherence(lines.join('\n') + this.where(key));
  }

  private notice(side: Side, notice: Notice): void {
    side.learn(notice);
    this.report.events += notice.told.length;
    const step: Step = { do: 'watch', paths: notice.told.map(({ path, mask }) => `${path} (${mask.toString(16)})`) };
    for (const [path, [stat, read]] of Object.entries(notice.looked)) {
      this.judge(side, 'stat', path, stat, this.now, step);
      this.judge(side, 'read', path, read, this.now, step);
    }
  }

  private activePaths(): string[] {
    return [...this.active].map(({ primary }) => primary);
  }

  /** For messages: how to see it again, and what happened to the keys. */
  private where(...keys: string[]): string {
    const { seed, operations, rules } = this.options;
    const histories = [...new Set(keys)].flatMap((key) => [
      `  history of ${key}:`,
      ...this.history.notes(key).map((line) => `    ${line}`),
    ]);
    const active = [...this.active].map(({ number, step, side }) => {
      return `  under way: ${this.sides[side]!.name} #${number}: ${JSON.stringify(step)}`;
    });
    return ['', `  ${rules}, seed ${seed}, ${operations} operations`, ...active, ...histories].join('\n');
  }
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
