/** Lets the sides change and look, and judges what they show. */
import { lstatSync, readFileSync } from 'node:fs';
import { Random } from '../../unit/protocol/random.js';
import type { SideOptions } from './actor.js';
import { describeSeen, describeState, explain, hostDiffers, isFile } from './compare.js';
import { describeBytes } from './content.js';
import { type Facet, History, type State, type Version } from './history.js';
import { statOf } from './perform.js';
import { conflict, type Operation, PATHS, Planner, parentOf } from './plan.js';
import { Side } from './side.js';
import type { Look, Notice, Seen, Step } from './steps.js';

export type Rules = 'consistent' | 'cached' | 'delegated';

export interface ConductOptions {
  readonly seed: number;
  /** changes and looks together */
  readonly operations: number;
  readonly rules: Rules;
  /** the directory itself; empty at the beginning */
  readonly host: SideOptions;
  /** mounts of it */
  readonly guests: readonly SideOptions[];
}

/** What has to be as the side believes: what is changed, and the way there. */
function actsOn({ effects, concerns }: Operation): string[] {
  return [
    ...effects.map(({ key }) => key),
    ...concerns.map(({ path }) => parentOf(path)).filter((path) => path !== ''),
  ];
}

/** What was seen cannot be. */
export class Incoherence extends Error {
  override readonly name = 'Incoherence';
}

/** Keys whose histories a message has. */
const HISTORIES = 3;

export class Conduct {
  readonly random: Random;
  readonly history = new History();
  readonly sides: readonly Side[];
  readonly guests: readonly Side[];
  /** whether guests have to be told of changes */
  readonly told: boolean;
  /** what was done last, for those who look where something happens */
  readonly recent: string[] = [];
  readonly counts = { changes: 0, looks: 0, events: 0 };
  /** the first thing that went wrong where nobody waits for it */
  failure: Error | undefined;
  private readonly planner: Planner;
  private readonly active = new Set<Operation>();
  private now = 0;

  constructor(private readonly options: ConductOptions) {
    this.random = new Random(options.seed);
    this.planner = new Planner(this.history, this.random);
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

  /** To be called between operations: throws what went wrong behind everybody's back. */
  check(): void {
    if (this.failure !== undefined) throw this.failure;
  }

  // -- changes -------------------------------------------------------------------------------------------------------

  /** A change that the side can make now. */
  draw(side: Side): Operation | undefined {
    for (let attempt = 0; attempt < 12; attempt++) {
      const operation = this.planner.draw(side.index);
      if (operation === undefined) continue;
      if ([...this.active].some(({ concerns }) => conflict(concerns, operation.concerns))) continue;
      if (side.current(actsOn(operation))) return operation;
    }
    return undefined;
  }

  async change(side: Side, operation: Operation): Promise<void> {
    const { number, effects, step } = operation;
    const begun = ++this.now;
    this.counts.changes++;
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

  async look(side: Side, step: Look): Promise<void> {
    const asked = ++this.now;
    this.counts.looks++;
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
    const version = explain(facet, possible, seen, name) ?? this.movedOn(facet, possible, seen);
    if (version !== undefined) {
      side.raise(facet, key, version.index);
      if (side.strict) version.seen[facet] ??= this.now;
      return version;
    }
    // The host has put another file in its place before it was read there: README, limits.
    if (!side.strict && isOutOfReach(possible, seen)) return possible[0]!;
    const lines = [
      `${side.name} asked ${JSON.stringify(step)} at ${asked}; answered at ${this.now}; ${facet} of ${key}`,
      `  saw: ${describeSeen(facet, seen, name)}`,
      ...possible.map(({ state, operation }) => `  could be: ${describeState(state)} (operation #${operation})`),
    ];
    throw new Incoherence(lines.join('\n') + this.where(key));
  }

  /**
   * The name was led to its file, and by the time that the file was looked at it had lost the name, and changed: what was
   * seen belongs to one of the versions that had the name.
   */
  private movedOn(facet: Facet, possible: readonly Version[], seen: Seen): Version | undefined {
    if (facet !== 'stat' && facet !== 'read') return undefined;
    for (const named of possible) {
      if (!isFile(named.state)) continue;
      const later = this.history.versions(`#${named.state.number}`).filter((each) => each.operation > named.operation);
      if (explain(facet, [named, ...later], seen, '') !== undefined) return named;
    }
    return undefined;
  }

  private notice(side: Side, notice: Notice): void {
    side.learn(notice);
    this.counts.events += notice.told.length;
    const step: Step = { do: 'watch', paths: notice.told.map(({ path, mask }) => `${path} (${mask.toString(16)})`) };
    for (const [path, [stat, read]] of Object.entries(notice.looked)) {
      this.judge(side, 'stat', path, stat, this.now, step);
      this.judge(side, 'read', path, read, this.now, step);
    }
  }

  activePaths(): string[] {
    return [...this.active].map(({ primary }) => primary);
  }

  /** For messages: how to see it again, and what happened to the keys. */
  where(...keys: string[]): string {
    const { seed, operations, rules } = this.options;
    const histories = [...new Set(keys)]
      .slice(0, HISTORIES)
      .flatMap((key) => [`  history of ${key}:`, ...this.history.notes(key).map((line) => `    ${line}`)]);
    const active = [...this.active].map(({ number, step, side }) => {
      return `  under way: ${this.sides[side]!.name} #${number}: ${JSON.stringify(step)}`;
    });
    return ['', `  ${rules}, seed ${seed}, ${operations} operations`, ...active, ...histories].join('\n');
  }
}

/** ESTALE, for which node has no name, of a file that may have lost its name. */
function isOutOfReach(possible: readonly Version[], { error }: Seen): boolean {
  if (error === undefined || !/^(ESTALE|Unknown system error -116)$/.test(error)) return false;
  const numbers = new Set(possible.map(({ state }) => (state !== null && 'number' in state ? state.number : -1)));
  return numbers.size > 1 || possible.some(({ state }) => state?.kind === 'file' && state.nlink === 0);
}
