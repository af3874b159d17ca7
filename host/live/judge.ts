/** A drain of the feed, from what it tells to what the host did. */
import { IN } from '../../native/os-watch.js';
import type { Snapshots } from '../snapshot/snapshots.js';
import { ROOT } from '../state/nodes.js';
import type { Feed, Loss } from '../watch/feed.js';
import type { InvalidateEntry, InvalidateInode } from './announcement.js';
import type { Authors } from './authors.js';
import type { Event } from './batch.js';
import type { HostChange } from './changes.js';
import type { Directories } from './directories.js';
import { Intake } from './intake.js';
import type { LinkedFiles } from './linked-files.js';
import type { Names } from './names.js';
import type { Observer } from './observer.js';
import type { Own } from './own.js';
import { Replay } from './replay.js';
import { Reset } from './reset.js';
import { takeBack } from './sight.js';
import type { Unsettled } from './unsettled.js';
import type { Writes } from './writes.js';

/** The coarsest clock of a kernel, and some. ms */
const TICK = 20;

export interface JudgeParts {
  readonly feed: Feed;
  readonly snapshots: Snapshots;
  readonly directories: Directories;
  readonly observer: Observer;
  readonly own: Own;
  readonly writes: Writes;
  readonly unsettled: Unsettled;
  readonly authors: Authors;
  readonly linked: LinkedFiles;
  /** see Replay */
  readonly ahead: Set<string>;
  readonly log: (text: string) => void;
  /** nothing is watched any more */
  readonly failed: (reason: string) => void;
}

export interface Judgement {
  readonly changes: HostChange[];
  /** what is to be taken back from the guest before the changes are told */
  readonly announcements: (InvalidateEntry | InvalidateInode)[];
}

export class Judge {
  private readonly intake: Intake;
  private readonly reset: Reset;
  private announcements: (InvalidateEntry | InvalidateInode)[] = [];
  /** so far */
  resets = 0;

  constructor(private readonly parts: JudgeParts) {
    const { snapshots, directories, observer, authors } = parts;
    this.intake = new Intake((slot, mask, name) => authors.told(slot, mask, name));
    this.reset = new Reset(snapshots, directories, observer, (slot, name) =>
      this.announcements.push({ what: 'entry', parent: slot, name, expire: true }),
    );
  }

  /** The feed is complete from that time on, ms since 1970. */
  begins(time = Date.now()): void {
    // Time stamps of files are those of the last clock tick.
    this.reset.since = time - TICK;
  }

  /** What the guest did is not known any more: the next time everything is compared. */
  loseCount(): void {
    this.parts.own.clear();
    this.intake.take([]);
    this.intake.loss = 'slow-consumer';
  }

  drain(): Judgement {
    const { feed, own, writes, unsettled, authors } = this.parts;
    this.announcements = [];
    const now = Date.now();
    const ended = writes.beforeDrain();
    const settle = unsettled.before();
    authors.drains();
    feed.drain(this.intake);
    const changes = this.judge();
    own.clear();
    this.begins(now);
    writes.drained(ended);
    settle();
    for (const { slot, name } of authors.drained()) this.distrust(slot, name);
    return { changes, announcements: this.announcements };
  }

  private judge(): HostChange[] {
    const { intake } = this;
    const { authors, writes, directories, linked } = this.parts;
    const replay = new Replay(this.parts, () => this.moreEvents());
    if (intake.loss === undefined) {
      authors.judge(intake.events);
      replay.run([...authors.again(), ...intake.events]);
    }
    const { changes } = replay;
    const work = intake.loss === undefined ? intake.names : this.everything(intake.loss);
    if (replay.verify.size + work.size > 0) writes.fold();
    // Of the objects their own events tell: here it is the names that matter.
    if (replay.verify.size > 0)
      changes.push(...this.reset.compare(replay.verify).filter(({ kind }) => !CONTENT.has(kind)));
    if (work.size > 0) changes.push(...this.reset.compare(work));
    this.announcements.push(...linked.untold(intake.objects, replay.batch));
    for (const [slot, mask] of intake.objects) if (mask & IN.DELETE_SELF) linked.ended(slot);
    for (const { slot, name } of replay.mixed) this.distrust(slot, name);
    for (const slot of intake.selves) if (slot === ROOT) this.announcements.push({ what: 'inode', node: slot });
    for (const [slot, why] of intake.ends) {
      if (slot === ROOT) this.parts.failed(`the share root is not watched any more (${why})`);
      else if (why !== 'removed')
        this.announcements.push(...takeBack(slot, directories, this.parts.snapshots, this.parts.observer));
      directories.forget(slot);
    }
    this.announcements.push(...replay.lost);
    intake.take(replay.later);
    return changes;
  }

  private moreEvents(): readonly Event[] {
    const { intake } = this;
    const before = intake.events.length;
    this.parts.feed.drain(intake);
    if (intake.loss !== undefined) return [];
    const more = intake.events.slice(before);
    this.parts.authors.judge(more);
    return more;
  }

  /** What the guest has of the name and of what it leads to is not to be used unasked. */
  private distrust(slot: number, name: string): void {
    const { directories, observer } = this.parts;
    if (directories.get(slot) === undefined) return;
    if (name === '.') {
      this.announcements.push({ what: 'inode', node: slot });
      return;
    }
    this.announcements.push({ what: 'entry', parent: slot, name, expire: true });
    if (observer.look(slot, name) !== 0) return;
    const node = observer.nodeOf(observer.row);
    if (node >= 0) this.announcements.push({ what: 'inode', node });
  }

  private everything(loss: Loss): Map<number, Names> {
    this.resets++;
    this.parts.log(`events of the host were lost (${loss}): everything that the guest knows is compared`);
    if (loss === 'failed') this.parts.failed('nothing is watched any more');
    const live = [...this.parts.directories.all()];
    // Listings and times of directories, which nothing that is found need concern.
    for (const [slot] of live) this.announcements.push({ what: 'inode', node: slot });
    return new Map(live.map(([slot]) => [slot, 'whole']));
  }
}

const CONTENT: ReadonlySet<HostChange['kind']> = new Set(['modified', 'attributes']);
