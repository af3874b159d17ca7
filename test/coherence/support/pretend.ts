/**
 * A side that pretends to have a cache, good or bad, so that the checker itself can be tested: whatever it must find is
 * one of these.
 */
import type { Change, Look, Notice, Seen, Step } from './steps.js';

/**
 * `coherent`: answers from memory until it is told by an event. The others are broken:
 * - `attributes`, `content`, `absence`, `names`: what stat, read, a failed lookup or a listing said once is never asked again
 * - `deaf`: as `coherent`, but every fifth event is overlooked
 * - `late`: as `coherent`, but looks before it forgets
 * - `lossy`: every tenth save is acknowledged and not carried out
 * - `torn`: zero bytes where another side has just written
 */
export const PRETENCES = [
  'coherent',
  'attributes',
  'content',
  'absence',
  'names',
  'deaf',
  'late',
  'lossy',
  'torn',
] as const;
export type Pretence = (typeof PRETENCES)[number];

/** Kinds of looks that are answered from memory. */
const REMEMBERED: Partial<Record<Pretence, readonly Step['do'][]>> = {
  attributes: ['stat'],
  content: ['read'],
  names: ['list'],
  absence: ['stat', 'read'],
};
const FORGETFUL: readonly Pretence[] = ['coherent', 'deaf', 'late'];
const EVERYTHING: readonly Step['do'][] = ['stat', 'read', 'readlink', 'list'];

const parent = (path: string) => path.slice(0, Math.max(0, path.lastIndexOf('/')));

export class Pretender {
  private readonly memory = new Map<string, Seen>();
  private events = 0;
  private saves = 0;

  constructor(
    private readonly pretence: Pretence,
    private readonly really: (step: Step) => Seen,
  ) {}

  run(step: Step): Seen {
    const remembered = REMEMBERED[this.pretence] ?? EVERYTHING;
    if (step.do === 'snapshot' || step.do === 'drop' || step.do === 'watch') return this.really(step);
    if (step.do === 'again' || step.do === 'hold') return this.really(step);
    if ('path' in step && remembered.includes(step.do)) return this.look(step as Look & { path: string });
    if (isChange(step)) return this.change(step);
    return this.really(step);
  }

  /** What an event does to the memory; `look` is what its receiver does at once. */
  told(notice: Pick<Notice, 'told'>, look: () => void): void {
    if (this.pretence === 'late') look();
    for (const { path } of FORGETFUL.includes(this.pretence) ? notice.told : []) {
      if (this.pretence === 'deaf' && ++this.events % 5 === 0) continue;
      this.forget(path);
      // A directory that moved, or a name of a file that has others, concerns more than this path.
      if (path.startsWith('.cookie')) this.memory.clear();
    }
    if (this.pretence !== 'late') look();
  }

  private look(step: Look & { path: string }): Seen {
    if (this.pretence === 'lossy') return this.really(step);
    const key = `${step.do} ${step.path}`;
    const old = this.memory.get(key);
    if (this.pretence === 'torn') {
      const seen = this.really(step);
      this.memory.set(key, seen);
      if (old?.bytes === undefined || seen.bytes === undefined || old.bytes === seen.bytes) return seen;
      return { bytes: Buffer.alloc(Buffer.from(seen.bytes, 'base64').length).toString('base64') };
    }
    if (old !== undefined) return old;
    let seen: Seen;
    try {
      seen = this.really(step);
    } catch (error) {
      seen = { error: (error as NodeJS.ErrnoException).code ?? String(error) };
    }
    if (this.pretence !== 'absence' || seen.error === 'ENOENT') this.memory.set(key, seen);
    return seen;
  }

  private change(step: Change): Seen {
    if (this.pretence === 'lossy' && step.do === 'save' && ++this.saves % 10 === 0) return {};
    const seen = this.really(step);
    this.forget(step.path);
    if ('to' in step) this.forget(step.to);
    // Other names of a file that was changed here, and what lies below a directory that moved.
    if (FORGETFUL.includes(this.pretence)) this.memory.clear();
    return seen;
  }

  private forget(path: string): void {
    for (const kind of EVERYTHING) this.memory.delete(`${kind} ${path}`);
    this.memory.delete(`list ${parent(path) || '.'}`);
  }
}

const LOOKS = new Set<Step['do']>(['stat', 'read', 'readlink', 'list', 'hold', 'again', 'drop', 'snapshot', 'watch']);

export function isChange(step: Step): step is Change {
  return !LOOKS.has(step.do);
}
