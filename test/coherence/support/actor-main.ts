/**
 * One side of the check, a process: `actor-main.js DIRECTORY [PRETENCE]`. Requests come as lines on standard input, one
 * at a time; answers go to standard output, and notices of what inotify told, in the order in which things happened.
 * It ends with its input. It needs node, the test addon and nothing else, so it can run in a guest.
 */
import { readSync, writeSync } from 'node:fs';
import * as sys from '../../support/sys.js';
import { Performer } from './perform.js';
import { type Pretence, Pretender } from './pretend.js';
import type { Answer, Notice, Request, Seen, Step } from './steps.js';

const { IN } = sys;
const WATCHED = IN.CREATE | IN.DELETE | IN.MODIFY | IN.ATTRIB | IN.CLOSE_WRITE | IN.MOVED_FROM | IN.MOVED_TO;
const FOR_EVER = 1 << 30;

const [top, pretence] = process.argv.slice(2) as [string, Pretence?];
const performer = new Performer(top);
const pretender = pretence && new Pretender(pretence, (step) => performer.run(step));
const directories = new Map<number, string>();
let watcher: number | undefined;

function say(message: Answer | Notice): void {
  let rest = Buffer.from(`${JSON.stringify(message)}\n`);
  while (rest.length > 0) rest = rest.subarray(writeSync(1, rest));
}

function attempt(step: Step): Seen {
  try {
    return pretender ? pretender.run(step) : performer.run(step);
  } catch (error) {
    const { code, stack } = error as NodeJS.ErrnoException;
    return { error: code ?? stack ?? String(error) };
  }
}

function watch(paths: string[]): Seen {
  watcher ??= sys.inotify();
  for (const path of paths) directories.set(sys.watch(watcher, performer.at(path), WATCHED), path);
  return {};
}

/** Tells the events that are there, and looks at once at what they are about. */
function listen(fd: number): void {
  const notice: Notice = { told: [], looked: {}, overflow: false };
  for (const { wd, mask, cookie, name } of sys.events(fd)) {
    const directory = directories.get(wd);
    if ((mask & IN.Q_OVERFLOW) !== 0) notice.overflow = true;
    else if (directory !== undefined && name !== '')
      notice.told.push({ path: directory === '.' ? name : `${directory}/${name}`, mask, cookie });
  }
  const look = () => {
    for (const { path } of notice.told) {
      // Names that begin with a dot are the check's own.
      if (path in notice.looked || /(^|\/)\./.test(path)) continue;
      notice.looked[path] = [attempt({ do: 'stat', path }), attempt({ do: 'read', path })];
    }
  };
  if (pretender) pretender.told(notice, look);
  else look();
  if (notice.told.length > 0 || notice.overflow) say(notice);
}

const chunk = Buffer.alloc(1 << 16);
let text = '';

/** false at the end of the input. */
function receive(): boolean {
  const length = readSync(0, chunk);
  text += chunk.toString('utf8', 0, length);
  const lines = text.split('\n');
  text = lines.pop()!;
  for (const line of lines) {
    const { id, step } = JSON.parse(line) as Request;
    say({ id, ...(step.do === 'watch' ? watch(step.paths) : attempt(step)) });
  }
  return length > 0;
}

process.umask(0o022);
sys.prctl(sys.C.PR_SET_PDEATHSIG, 9);
for (let going = true; going; ) {
  const ready = sys.readable(watcher === undefined ? [0] : [0, watcher], FOR_EVER);
  // What was told before a question came is told before its answer.
  if (watcher !== undefined && ready.includes(watcher)) listen(watcher);
  if (ready.includes(0)) going = receive();
}
