/** What a peer can be asked: every system call of sys.ts, and loops that must run at the peer's own speed. */
import { removeDirectory } from './cleanup.js';
import { PATIENCE } from './patience.js';
import * as sys from './sys.js';

/** Back to a fresh process, as far as the cases go. */
function reset(): void {
  sys.unmapAll();
  sys.closeAll();
  sys.chdir('/');
  sys.umask(0o022);
}

/** Becomes somebody else for good. The kernel forgets the parent-death signal then (man 2 prctl): set it anew. */
function become(identity: sys.Identity): void {
  sys.become(identity);
  sys.prctl(sys.C.PR_SET_PDEATHSIG, 9);
}

/** From the moment that `go` exists writes the records one by one. */
function writeEach(go: string, fd: number, records: string[]): void {
  untilExists(go);
  for (const record of records) sys.write(fd, record);
}

/** Waits, without leaving the processor, until the name exists: the start signal of a race. */
function untilExists(name: string): void {
  const end = Date.now() + PATIENCE;
  while (!sys.exists(name)) if (Date.now() > end) throw new Error(`${name} never came`);
}

/** Those of the names for which `act` does not end with the errno `lost`. */
function won(names: string[], lost: string, act: (name: string) => void): string[] {
  return names.filter((name) => {
    try {
      act(name);
      return true;
    } catch (error) {
      if ((error as sys.SysError).code === lost) return false;
      throw error;
    }
  });
}

/** From the moment that `go` exists tries O_CREAT|O_EXCL on each name; the names that this process won. */
function createEach(go: string, names: string[]): string[] {
  const { O_CREAT, O_EXCL, O_WRONLY } = sys.C;
  untilExists(go);
  return won(names, 'EEXIST', (name) => sys.close(sys.open(name, O_CREAT | O_EXCL | O_WRONLY)));
}

const makers = {
  mkdir: (name: string) => sys.mkdir(name),
  mkfifo: (name: string) => sys.mkfifo(name),
  symlink: (name: string, target: string) => sys.symlink(target, name),
  link: (name: string, target: string) => sys.link(target, name),
};

/** As {@link createEach}, with other calls; `target` is what links lead to. */
function raceToMake(go: string, call: keyof typeof makers, target: string, names: string[]): string[] {
  untilExists(go);
  return won(names, 'EEXIST', (name) => makers[call](name, target));
}

/** From the moment that `go` exists unlinks each name, or renames it to name.moved; the names that this process won. */
function raceToRemove(go: string, call: 'unlink' | 'rename', names: string[]): string[] {
  untilExists(go);
  return won(names, 'ENOENT', (name) => (call === 'unlink' ? sys.unlink(name) : sys.rename(name, `${name}.moved`)));
}

/** Replaces `target` `rounds` times by a new file whose content is one of the words, four KiB of it. */
function replaceAgain(target: string, rounds: number, words: string[]): void {
  for (let i = 0; i < rounds; i++) {
    const fresh = `${target}.${process.pid}`;
    sys.writeFile(fresh, words[i % words.length]!.repeat(4096));
    sys.rename(fresh, target);
  }
}

/** Takes the lock, adds one to the decimal number in the file, releases it; `rounds` times. */
function countUnderLock(fd: number, rounds: number): void {
  for (let i = 0; i < rounds; i++) {
    sys.lockWait(fd, sys.C.F_WRLCK);
    const value = Number(sys.pread(fd, 20, 0).toString());
    sys.pwrite(fd, String(value + 1).padStart(10), 0);
    sys.lock(fd, sys.C.F_UNLCK);
  }
}

/** Makes an empty file of each name in the directory. */
function makeFiles(dir: string, names: string[]): void {
  for (const name of names) sys.writeFile(`${dir}/${name}`);
}

/** Hard links `name`.0, `name`.1 … until there are `count` of them. */
function linkMany(name: string, count: number): void {
  for (let i = 0; i < count; i++) sys.link(name, `${name}.${i}`);
}

/** Makes, renames and removes names in the directory, `rounds` times ten of them. */
function churn(dir: string, rounds: number): void {
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < 10; i++) sys.writeFile(`${dir}/churn-${round}-${i}`);
    for (let i = 0; i < 5; i++) sys.rename(`${dir}/churn-${round}-${i}`, `${dir}/CHURN-${round}-${i}`);
    for (let i = 0; i < 10; i++) sys.unlink(`${dir}/${i < 5 ? 'CHURN' : 'churn'}-${round}-${i}`);
  }
}

/** Lists the directory and looks at every entry, `rounds` times; the owners seen, "uid:gid", sorted. */
function ownersAgain(dir: string, rounds: number): string[] {
  const owners = new Set<string>();
  for (let round = 0; round < rounds; round++) {
    for (const name of sys.names(dir)) {
      const { uid, gid } = sys.lstat(`${dir}/${name}`);
      owners.add(`${uid}:${gid}`);
    }
  }
  return [...owners].sort();
}

/** Undoes {@link linkMany}. */
function unlinkMany(name: string, count: number): void {
  for (let i = 0; i < count; i++) sys.unlink(`${name}.${i}`);
}

export const actions = {
  ...sys,
  reset,
  become,
  writeEach,
  createEach,
  raceToMake,
  raceToRemove,
  replaceAgain,
  countUnderLock,
  makeFiles,
  removeDirectory,
  linkMany,
  unlinkMany,
  churn,
  ownersAgain,
};

type Functions = { [K in keyof typeof actions]: (typeof actions)[K] extends (...args: infer _) => unknown ? K : never };

/** Names of what a peer can do. */
export type Action = Functions[keyof typeof actions];
export type Arguments<A extends Action> = (typeof actions)[A] extends (...args: infer P) => unknown ? P : never;
export type Result<A extends Action> = (typeof actions)[A] extends (...args: never[]) => infer R ? R : never;
