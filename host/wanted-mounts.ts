/**
 * The mounts that guests are to have, whether they run or not: kept in guest-mounts.json (FILES.md), so that a guest gets
 * them when it boots, and again when its agent or the daemon comes back.
 */
import { readFileSync, rmSync } from 'node:fs';
import * as v from 'valibot';
import type { Mount, MountStatistics } from './api.js';
import { CONSISTENCY_MODES, grant } from './cache/policy.js';
import { explain, writeWhole } from './config.js';
import type { Log } from './log.js';
import { ID_LIMIT, NAME_PATTERN, OWNERSHIP_KINDS } from './mount-options.js';
import type { MountPlan } from './mount-plan.js';
import type { Placed } from './mount-rules.js';
import { messageOf, systemCode } from './problem.js';

/** One that its guest does not have at the moment. */
export class WantedMount {
  readonly attached = true;
  readonly state = 'deferred';
  /** why the guest could not be given it, '' if it has not been tried */
  problem = '';

  constructor(
    readonly id: number,
    readonly plan: MountPlan,
    readonly since = new Date(),
  ) {}

  get name(): string {
    return this.plan.placed.name;
  }

  get superblockId(): number {
    return this.id;
  }

  get servedRoot(): string {
    return this.placed.source;
  }

  get placed(): Placed {
    return this.plan.placed;
  }

  get askedTarget(): string {
    return this.plan.askedTarget;
  }

  get view(): Mount {
    const { placed, policy, ownership, readOnly } = this.plan;
    const { name, source, target, guest } = placed;
    return {
      id: this.id,
      ...{ name, source, target, guest },
      consistency: { requested: policy.requested, granted: policy.granted },
      ...{ ownership, readOnly, state: this.state },
      since: this.since.toISOString(),
      ...(this.problem === '' ? {} : { problem: this.problem }),
    };
  }

  async statistics(): Promise<MountStatistics | null> {
    return null;
  }
}

const path = v.pipe(v.string(), v.startsWith('/'));
const name = v.pipe(v.string(), v.regex(NAME_PATTERN));
const id = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(ID_LIMIT));
const schema = v.array(
  v.strictObject({
    name,
    guest: name,
    source: path,
    target: path,
    consistency: v.picklist(CONSISTENCY_MODES),
    ownership: v.strictObject({
      kind: v.picklist(OWNERSHIP_KINDS),
      uid: v.exactOptional(id),
      gid: v.exactOptional(id),
    }),
    readOnly: v.boolean(),
  }),
);

export class WantedMounts {
  readonly #file: string;
  readonly #log: Log;
  /** by name, in the order they were asked for */
  readonly #all = new Map<string, WantedMount>();

  /** @param nextId numbers for those that are in the file */
  constructor(file: string, log: Log, nextId: () => number) {
    this.#file = file;
    this.#log = log;
    for (const plan of this.#read()) this.#all.set(plan.placed.name, new WantedMount(nextId(), plan));
  }

  get list(): readonly WantedMount[] {
    return [...this.#all.values()];
  }

  add(mount: WantedMount): void {
    this.#all.set(mount.name, mount);
    this.#write();
  }

  delete(name: string): void {
    if (this.#all.delete(name)) this.#write();
  }

  #read(): MountPlan[] {
    try {
      const parsed = v.safeParse(schema, JSON.parse(readFileSync(this.#file, 'utf8')));
      if (!parsed.success) throw new Error(explain(parsed.issues[0]));
      return parsed.output.map(({ consistency, ownership, readOnly, ...place }) => ({
        placed: { ...place, local: false, sourceIdentity: '', targetAncestry: [] },
        askedTarget: place.target,
        policy: grant(consistency, true, !readOnly),
        ownership,
        readOnly,
      }));
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') this.#log('warn', `${this.#file} is of no use: ${messageOf(error)}`);
      return [];
    }
  }

  #write(): void {
    const rows = this.list.map(({ plan: { placed, policy, ownership, readOnly } }) => {
      const { name, guest, source, target } = placed;
      return { name, guest, source, target, consistency: policy.requested, ownership, readOnly };
    });
    try {
      if (rows.length === 0) rmSync(this.#file, { force: true });
      else writeWhole(this.#file, `${JSON.stringify(rows, null, 2)}\n`);
    } catch (error) {
      this.#log('warn', `the mounts of guests cannot be remembered: ${messageOf(error)}`);
    }
  }
}
