/** What this process and its threads have and do, from /proc. */
import { readdirSync, readFileSync } from 'node:fs';
import { until } from '../../support/until.js';

/** Open descriptors, of all kinds: those of the directory itself count every time. */
export const descriptors = () => readdirSync('/proc/self/fd').length;

/** Lines of /proc/self/maps with that name. */
export const mappings = (name: string) =>
  readFileSync('/proc/self/maps', 'latin1')
    .split('\n')
    .filter((line) => line.includes(name)).length;

/** Resident bytes of the mappings with that name, each page as often as it is mapped. */
export function resident(name: string): number {
  let counts = false;
  let kilobytes = 0;
  for (const line of readFileSync('/proc/self/smaps', 'latin1').split('\n')) {
    if (/^[0-9a-f]+-[0-9a-f]+ /.test(line)) counts = line.includes(name);
    else if (counts && line.startsWith('Rss:')) kilobytes += Number(/\d+/.exec(line)![0]);
  }
  return kilobytes * 1024;
}

/** Nanoseconds of processor time of a thread of this process: /proc/self/task/TID/schedstat. */
export const processorTime = (thread: number) =>
  BigInt(readFileSync(`/proc/self/task/${thread}/schedstat`, 'latin1').split(' ')[0]);

/** The nice value of a thread of this process: field 19 of /proc/self/task/TID/stat. */
export const niceValue = (thread: number) =>
  // The second field, in parentheses, may contain anything.
  Number(readFileSync(`/proc/self/task/${thread}/stat`, 'latin1').split(') ')[1].split(' ')[16]);

/** The one thread of this process with that name, by number, as soon as it has it. */
export async function threadNamed(name: string): Promise<number> {
  let found: number[] = [];
  const once = () => {
    found = readdirSync('/proc/self/task')
      .filter((thread) => nameOf(thread) === name)
      .map(Number);
    return found.length === 1;
  };
  await until(once, `one thread ${name}`);
  return found[0];
}

function nameOf(thread: string): string {
  try {
    return readFileSync(`/proc/self/task/${thread}/comm`, 'latin1').trim();
  } catch {
    // Gone meanwhile.
    return '';
  }
}

/** Looks in a row at a thread that sleeps and has used no processor time in between. */
const LOOKS = 50;

/** Resolves once the thread sleeps and goes on sleeping. A thread that is woken again and again never does. */
export async function asleep(thread: number): Promise<void> {
  let time = -1n;
  let looks = 0;
  const sleeping = () => {
    // The name, in parentheses, is the field before.
    const state = readFileSync(`/proc/self/task/${thread}/stat`, 'latin1').split(') ')[1][0];
    const now = processorTime(thread);
    looks = state === 'S' && now === time ? looks + 1 : 0;
    time = now;
    return looks === LOOKS;
  };
  await until(sleeping, `thread ${thread} sleeps`);
}
