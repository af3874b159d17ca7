/** Carries out a step in a directory, with ordinary system calls. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { save } from '../../support/saves.js';
import { record } from './content.js';
import type { Change, Kind, Look, Seen, StatSeen, Step } from './steps.js';

const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_RDONLY, O_WRONLY } = fs.constants;

function kindOf(entry: fs.Dirent | fs.BigIntStats): Kind {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'directory';
  return entry.isSymbolicLink() ? 'symlink' : 'other';
}

function seen(stat: fs.BigIntStats): StatSeen {
  return {
    kind: kindOf(stat),
    mode: Number(stat.mode) & 0o7777,
    nlink: Number(stat.nlink),
    size: Number(stat.size),
    mtime: String(stat.mtimeNs),
  };
}

export function statOf(path: string): StatSeen {
  return seen(fs.lstatSync(path, { bigint: true }));
}

function whole(fd: number): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; ; ) {
    const part = Buffer.allocUnsafe(1 << 17);
    const length = fs.readSync(fd, part, 0, part.length, at);
    if (length === 0) return Buffer.concat(parts);
    parts.push(part.subarray(0, length));
    at += length;
  }
}

function put(path: string, flags: number, bytes: Buffer): void {
  const fd = fs.openSync(path, flags, 0o644);
  try {
    // In one call: what is half there is then the file system's doing, not ours.
    if (fs.writeSync(fd, bytes, 0, bytes.length) !== bytes.length) throw new Error(`${path}: short write`);
  } finally {
    fs.closeSync(fd);
  }
}

/** Everything below the directory, one line each. A directory's size says how its file system lays it out: left out. */
function snapshot(top: string): string[] {
  const lines: string[] = [];
  const walk = (path: string, relative: string) => {
    const { kind, mode, nlink, size, mtime } = statOf(path);
    const fields = [relative, kind, mode.toString(8), `links=${nlink}`, `mtime=${mtime}`];
    if (kind === 'file') fields.push(`size=${size}`, fs.readFileSync(path, 'base64'));
    if (kind === 'symlink') fields.push(`to=${fs.readlinkSync(path)}`);
    lines.push(fields.join(' '));
    if (kind === 'directory')
      for (const name of fs.readdirSync(path).sort())
        walk(`${path}/${name}`, relative === '.' ? name : `${relative}/${name}`);
  };
  walk(top, '.');
  return lines;
}

export class Performer {
  private readonly handles = new Map<number, number>();

  constructor(private readonly top: string) {}

  at(path: string): string {
    return join(this.top, path);
  }

  /** @throws the error of node:fs, with its `code` */
  run(step: Step): Seen {
    switch (step.do) {
      case 'stat':
      case 'read':
      case 'readlink':
      case 'list':
      case 'hold':
      case 'again':
        return this.look(step);
      case 'drop':
        fs.closeSync(this.handles.get(step.handle)!);
        this.handles.delete(step.handle);
        return {};
      case 'snapshot':
        return { lines: snapshot(this.top) };
      case 'watch':
        throw new Error('whoever asks for events must be able to watch');
      default:
        this.change(step);
        return {};
    }
  }

  private look(step: Look): Seen {
    if (step.do === 'again') {
      const fd = this.handles.get(step.handle)!;
      return { stat: seen(fs.fstatSync(fd, { bigint: true })), bytes: whole(fd).toString('base64') };
    }
    const path = this.at(step.path);
    switch (step.do) {
      case 'stat':
        return { stat: statOf(path) };
      case 'readlink':
        return { target: fs.readlinkSync(path) };
      case 'list': {
        const entries = fs.readdirSync(path, { withFileTypes: true });
        return { names: Object.fromEntries(entries.map((entry) => [entry.name, kindOf(entry)])) };
      }
      default: {
        const fd = fs.openSync(path, O_RDONLY | O_NOFOLLOW);
        const kept = step.do === 'hold';
        try {
          if (kept) this.handles.set(step.handle, fd);
          return { bytes: whole(fd).toString('base64') };
        } finally {
          if (!kept) fs.closeSync(fd);
        }
      }
    }
  }

  private change(step: Change): void {
    const path = this.at(step.path);
    switch (step.do) {
      case 'save':
        save(step.style, path, record(step.stamp), { aside: step.aside, sync: false });
        break;
      case 'create':
        put(path, O_WRONLY | O_CREAT | O_EXCL, record(step.stamp));
        break;
      case 'overwrite':
        put(path, O_WRONLY, record(step.stamp));
        break;
      case 'append':
        put(path, O_WRONLY | O_APPEND, record(step.stamp));
        break;
      case 'truncate':
        fs.truncateSync(path, step.length);
        break;
      case 'unlink':
        fs.unlinkSync(path);
        break;
      case 'rename':
        // As mv(1) does. On a mount it matters of a directory that another side has moved here: the kernel attaches it
        // to its new place when it is looked up, which it cannot do within a rename between directories (ESTALE).
        fs.lstatSync(path);
        fs.renameSync(path, this.at(step.to));
        break;
      case 'link':
        fs.linkSync(path, this.at(step.to));
        break;
      case 'symlink':
        fs.symlinkSync(step.target, path);
        break;
      case 'mkdir':
        fs.mkdirSync(path, 0o755);
        break;
      case 'rmdir':
        fs.rmdirSync(path);
        break;
      case 'chmod':
        fs.chmodSync(path, step.mode);
        break;
      case 'utimes':
        fs.utimesSync(path, step.mtime, step.mtime);
        break;
    }
  }
}
