/** Changes at random, each with what it does to whom: the model of a file system that the check compares with. */
import { SAVE_STYLES } from '../../support/saves.js';
import type { Random } from '../../unit/protocol/random.js';
import { isFile } from './compare.js';
import { HEADER_LENGTH, record, type Stamp } from './content.js';
import type { Effect, FileState, History, State, SymlinkState } from './history.js';
import type { Change } from './steps.js';

/** Directories that stay, with inotify watches. */
export const DIRECTORIES = ['a', 'b', 'c'];
/** Directories that come, move and go. */
const MOVABLE = ['a/s0', 'a/s1', 'b/s0', 'b/s1'];
const NAMES = 8;
const NAMES_BELOW = 3;
/** Files that grew beyond are cut. */
const LARGE = 150_000;
/** Of a file that is emptied, or new, before it is written. */
const EMPTY = Buffer.alloc(0);
const DIRECTORY: State = { kind: 'directory', mode: 0o755 };

export const SLOTS = [
  ...DIRECTORIES.flatMap((directory) => Array.from({ length: NAMES }, (_, i) => `${directory}/n${i}`)),
  ...MOVABLE.flatMap((directory) => Array.from({ length: NAMES_BELOW }, (_, i) => `${directory}/n${i}`)),
];
/** Every path that may ever exist, `.` left out. */
export const PATHS = [...DIRECTORIES, ...MOVABLE, ...SLOTS];
const COUNTS_BELOW = Array.from({ length: NAMES_BELOW }, (_, i) => `/n${i}`);

export const parentOf = (path: string) => path.slice(0, path.lastIndexOf('/'));

export interface Operation {
  readonly number: number;
  /** 0 the host, 1… the guests */
  readonly side: number;
  readonly step: Change;
  readonly effects: readonly Effect[];
  /** what an event at the end of it is about */
  readonly primary: string;
  /** of `tree`s everything below is concerned too */
  readonly concerns: readonly { readonly path: string; readonly tree: boolean }[];
}

/** Whether two operations must not run at the same time. */
export function conflict(one: Operation['concerns'], other: Operation['concerns']): boolean {
  const below = (tree: { path: string; tree: boolean }, path: string) => tree.tree && path.startsWith(`${tree.path}/`);
  return one.some((a) => other.some((b) => a.path === b.path || below(a, b.path) || below(b, a.path)));
}

type Draft = Omit<Operation, 'number' | 'side' | 'concerns'> & { readonly trees?: readonly string[] };

const between = (...states: State[]): { between: State[] } => ({ between: states });

export class Planner {
  private number = 0;
  private files = 0;

  constructor(
    private readonly history: History,
    private readonly random: Random,
  ) {
    for (const directory of DIRECTORIES) history.place(directory, DIRECTORY);
  }

  /** A change that can be made now; undefined if what was drawn cannot. */
  draw(side: number): Operation | undefined {
    const number = this.number + 1;
    const draft = this.random.pick(this.kinds)(number, side);
    if (draft === undefined) return undefined;
    this.number = number;
    const trees = draft.trees ?? [];
    const concerns = [...draft.effects.map(({ key }) => key), ...trees].map((path) => ({
      path,
      tree: trees.includes(path),
    }));
    // A directory must stay where it is while something happens in it.
    return { number, side, concerns, ...draft };
  }

  private state(path: string): State {
    return this.history.latest(path).state;
  }

  private slot(wanted: (state: State) => boolean): string | undefined {
    const path = this.random.pick(SLOTS);
    const parent = this.state(parentOf(path));
    return parent !== null && wanted(this.state(path)) ? path : undefined;
  }

  private file(): { path: string; state: FileState } | undefined {
    const path = this.slot(isFile);
    return path === undefined ? undefined : { path, state: this.state(path) as FileState };
  }

  private absent(): string | undefined {
    return this.slot((state) => state === null);
  }

  private stamp(sequence: number, writer: number, length = this.length()): Stamp {
    return { sequence, writer, length };
  }

  private length(): number {
    const kind = this.random.below(20);
    const range = kind === 0 ? 70_000 : kind < 6 ? 9000 : 1500;
    return HEADER_LENGTH + 1 + this.random.below(range);
  }

  /** The other names of a file, and the file itself. */
  private aliases(state: FileState, except: readonly string[]): string[] {
    const paths = SLOTS.filter((path) => {
      const there = this.state(path);
      return isFile(there) && there.number === state.number && !except.includes(path);
    });
    return [...paths, `#${state.number}`];
  }

  /** Every name of the file shows the change. */
  private changed(state: FileState, change: Partial<FileState>, ...loose: Buffer[]): Effect[] {
    const final = { ...state, ...change };
    const middle: State[] = loose.length === 0 ? [] : [{ kind: 'loose', number: state.number, parts: loose }];
    return this.aliases(state, []).map((key) => ({ key, ...between(...middle), final }));
  }

  /** A name goes; the file has one link less. */
  private lost(path: string): Effect[] {
    const state = this.state(path);
    if (!isFile(state)) return [];
    const final = { ...state, nlink: state.nlink - 1 };
    return this.aliases(state, [path]).map((key) => ({ key, ...between(), final }));
  }

  private fresh(bytes: Buffer, mode = 0o644): FileState {
    return { kind: 'file', number: ++this.files, mode, nlink: 1, bytes, mtime: undefined };
  }

  private readonly save = (number: number, side: number): Draft | undefined => {
    const style = this.random.pick(SAVE_STYLES);
    const path = this.slot((state) => isFile(state) || (state === null && style === 'atomic rename'));
    if (path === undefined) return undefined;
    const stamp = this.stamp(number, side);
    const bytes = record(stamp);
    const aside = `.t${number}`;
    const step: Change = { do: 'save', path, style, aside, stamp };
    const old = this.state(path);
    if (style === 'in place' && isFile(old))
      return { step, primary: path, effects: this.changed(old, { bytes, mtime: undefined }, bytes, old.bytes, EMPTY) };
    const final = this.fresh(bytes, isFile(old) ? old.mode : undefined);
    const loose: State = { kind: 'loose', number: final.number, parts: [bytes, EMPTY] };
    const atomic = style === 'atomic rename';
    const effects: Effect[] = [
      { key: path, ...(atomic ? between() : between(null, loose)), final },
      { key: `${parentOf(path)}/${aside}`, ...between(atomic ? loose : old), final: null },
      { key: `#${final.number}`, ...between(loose), final },
      ...this.lost(path),
    ];
    return { step, primary: path, effects };
  };

  private readonly create = (number: number, side: number): Draft | undefined => {
    const path = this.absent();
    if (path === undefined) return undefined;
    const stamp = this.stamp(number, side);
    const final = this.fresh(record(stamp));
    const loose: State = { kind: 'loose', number: final.number, parts: [final.bytes, EMPTY] };
    const effects = [path, `#${final.number}`].map((key) => ({ key, ...between(loose), final }));
    return { step: { do: 'create', path, stamp }, primary: path, effects };
  };

  private readonly overwrite = (number: number, side: number): Draft | undefined => {
    const file = this.file();
    if (file === undefined || file.state.bytes.length < HEADER_LENGTH) return undefined;
    const stamp = this.stamp(number, side, file.state.bytes.length);
    const bytes = record(stamp);
    const effects = this.changed(file.state, { bytes, mtime: undefined }, file.state.bytes, bytes);
    return { step: { do: 'overwrite', path: file.path, stamp }, primary: file.path, effects };
  };

  private readonly append = (number: number, side: number): Draft | undefined => {
    const file = this.file();
    if (file === undefined || file.state.bytes.length > LARGE) return undefined;
    const stamp = this.stamp(number, side);
    const bytes = Buffer.concat([file.state.bytes, record(stamp)]);
    const effects = this.changed(file.state, { bytes, mtime: undefined }, bytes);
    return { step: { do: 'append', path: file.path, stamp }, primary: file.path, effects };
  };

  private readonly truncate = (): Draft | undefined => {
    const file = this.file();
    if (file === undefined) return undefined;
    const { path, state } = file;
    const old = state.bytes.length;
    const length = this.random.below(4) === 0 ? old + 1 + this.random.below(5000) : this.random.below(Math.max(old, 1));
    if (length === old || length > LARGE) return undefined;
    const bytes = Buffer.alloc(length);
    state.bytes.copy(bytes);
    const effects = this.changed(state, { bytes, mtime: undefined }, state.bytes, bytes);
    return { step: { do: 'truncate', path, length }, primary: path, effects };
  };

  private readonly unlink = (): Draft | undefined => {
    const path = this.slot((state) => state !== null);
    if (path === undefined) return undefined;
    const effects = [{ key: path, ...between(), final: null }, ...this.lost(path)];
    return { step: { do: 'unlink', path }, primary: path, effects };
  };

  private readonly rename = (): Draft | undefined => {
    const path = this.slot((state) => state !== null);
    const to = this.slot(() => true);
    if (path === undefined || to === undefined || path === to) return undefined;
    const [moved, victim] = [this.state(path), this.state(to)];
    // Two names of one file: rename(2) does nothing.
    if (isFile(moved) && isFile(victim) && moved.number === victim.number) return undefined;
    const effects: Effect[] = [
      { key: path, ...between(), final: null },
      { key: to, ...between(), final: moved },
      ...this.lost(to),
    ];
    return { step: { do: 'rename', path, to }, primary: to, effects };
  };

  private readonly link = (): Draft | undefined => {
    const file = this.file();
    const to = this.absent();
    if (file === undefined || to === undefined) return undefined;
    const effects = this.changed(file.state, { nlink: file.state.nlink + 1 });
    effects.push({ key: to, ...between(), final: effects[0]!.final });
    return { step: { do: 'link', path: file.path, to }, primary: to, effects };
  };

  private readonly symlink = (number: number): Draft | undefined => {
    const path = this.absent();
    if (path === undefined) return undefined;
    const target = `nowhere/${number}`;
    const final: SymlinkState = { kind: 'symlink', target, mtime: undefined };
    return { step: { do: 'symlink', path, target }, primary: path, effects: [{ key: path, ...between(), final }] };
  };

  private readonly chmod = (): Draft | undefined => {
    const file = this.file();
    if (file === undefined) return undefined;
    const mode = this.random.pick([0o600, 0o640, 0o644, 0o664, 0o755].filter((each) => each !== file.state.mode));
    const effects = this.changed(file.state, { mode });
    return { step: { do: 'chmod', path: file.path, mode }, primary: file.path, effects };
  };

  private readonly utimes = (number: number): Draft | undefined => {
    const file = this.file();
    if (file === undefined) return undefined;
    const mtime = 1_000_000_000 + number;
    const effects = this.changed(file.state, { mtime: `${mtime}000000000` });
    return { step: { do: 'utimes', path: file.path, mtime }, primary: file.path, effects };
  };

  private readonly mkdir = (): Draft | undefined => {
    const path = this.random.pick(MOVABLE);
    if (this.state(path) !== null) return undefined;
    const effects = [{ key: path, ...between(), final: DIRECTORY }];
    return { step: { do: 'mkdir', path }, primary: path, trees: [path], effects };
  };

  private readonly rmdir = (): Draft | undefined => {
    const path = this.random.pick(MOVABLE);
    if (this.state(path) === null) return undefined;
    if (COUNTS_BELOW.some((name) => this.state(path + name) !== null)) return undefined;
    const effects = [{ key: path, ...between(), final: null }];
    return { step: { do: 'rmdir', path }, primary: path, trees: [path], effects };
  };

  private readonly moveDirectory = (): Draft | undefined => {
    const path = this.random.pick(MOVABLE);
    const to = this.random.pick(MOVABLE);
    if (this.state(path) === null || this.state(to) !== null) return undefined;
    const effects = ['', ...COUNTS_BELOW].flatMap((name): Effect[] => [
      { key: path + name, ...between(), final: null },
      { key: to + name, ...between(), final: this.state(path + name) },
    ]);
    return { step: { do: 'rename', path, to }, primary: to, trees: [path, to], effects };
  };

  /** As often as they stand here. */
  private readonly kinds = [
    ...Array.from({ length: 8 }, () => this.save),
    ...Array.from({ length: 4 }, () => this.create),
    ...Array.from({ length: 5 }, () => this.overwrite),
    ...Array.from({ length: 4 }, () => this.append),
    ...Array.from({ length: 3 }, () => this.truncate),
    ...Array.from({ length: 3 }, () => this.unlink),
    ...Array.from({ length: 4 }, () => this.rename),
    ...[this.link, this.link, this.symlink, this.symlink, this.chmod, this.chmod, this.utimes, this.utimes],
    ...[this.mkdir, this.mkdir, this.rmdir, this.rmdir, this.rmdir, this.moveDirectory, this.moveDirectory],
  ];
}
