/** What a change of the host is, as data: what is there before, what is done, who may be watching it. */

export type ObjectType = 'file' | 'directory';

/** Where a change happens. Paths are of the machine that makes it. */
export interface Scene {
  /** a name below the case's directory; '.' is the directory itself */
  at(name: string): string;
  /** a name in a directory of the same file system that nobody watches and that is not shared */
  out(name: string): string;
  /** descriptors that stay open from one step to the next */
  readonly kept: Map<string, number>;
}

export interface Change {
  readonly slug: string;
  readonly title: string;
  /** directories that are watched, relative; the case's directory itself if absent */
  readonly watched?: readonly string[];
  /** what the change concerns and is there before: what a watcher of "the file itself" watches, and what a guest can have cached */
  readonly objects?: Readonly<Record<string, ObjectType>>;
  /** names that are not there before and that a guest may have asked for in vain */
  readonly missing?: readonly string[];
  /**
   * Why the stream may say the same thing twice in a row: inotify(7) merges an event with an equal one in front of it that
   * nobody has read yet, so whether one or two of them arrive is a race also on a plain directory; and a mount learns of the host's
   * changes by such a queue, so where two watches are told in turn it cannot know better. Only such changes have equal neighbours of a
   * watch merged before they are compared; everywhere else a second one is a difference.
   */
  readonly neighbours?: string;
  prepare?(scene: Scene): void;
  /**
   * What is done. Between two steps everything that the first one caused has arrived at the watcher; within a step nobody
   * waits for anybody.
   */
  readonly steps: readonly ((scene: Scene) => void)[];
}

export const watchedBy = (change: Change): readonly string[] => change.watched ?? ['.'];
export const objectsOf = (change: Change): readonly string[] => Object.keys(change.objects ?? {});
export const filesOf = (change: Change): readonly string[] =>
  objectsOf(change).filter((name) => change.objects![name] === 'file');
