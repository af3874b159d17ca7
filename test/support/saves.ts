/**
 * How editors save. In each style the file is complete on the disk afterwards and nothing else is left; what a watcher
 * sees on the way differs.
 */
import {
  chmodSync,
  closeSync,
  constants,
  fsyncSync,
  openSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

/**
 * `in place`: truncated, then written (nano, VS Code, vim with backupcopy=yes). `atomic rename`: a new file put in the old
 * one's place (gedit, JetBrains' safe write, most libraries). `backup + rename`: the old one put aside, a new one written
 * under the name, then the old one removed (vim, emacs).
 */
export const SAVE_STYLES = ['in place', 'atomic rename', 'backup + rename'] as const;
export type SaveStyle = (typeof SAVE_STYLES)[number];

export interface SaveOptions {
  /** name, in the same directory, of what exists on the way only; derived from the file's unless given */
  readonly aside?: string;
  /** fsync(2) before the file is closed, as editors do; true unless said otherwise */
  readonly sync?: boolean;
}

const { O_CREAT, O_EXCL, O_TRUNC, O_WRONLY } = constants;

function put(path: string, flags: number, data: Uint8Array, mode: number, sync: boolean): void {
  const fd = openSync(path, flags, mode);
  try {
    for (let at = 0; at < data.length; ) at += writeSync(fd, data, at);
    if (sync) fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Saves over a file, which keeps its mode; makes it (0644) if there is none, except in `backup + rename`, which needs it. */
export function save(style: SaveStyle, path: string, data: string | Uint8Array, options: SaveOptions = {}): void {
  const bytes = Buffer.from(data as Uint8Array);
  const { sync = true } = options;
  const mode = (statSync(path, { throwIfNoEntry: false })?.mode ?? 0o644) & 0o7777;
  const aside = (ending: string) => join(dirname(path), options.aside ?? `.${basename(path)}${ending}`);
  if (style === 'in place') put(path, O_WRONLY | O_CREAT | O_TRUNC, bytes, mode, sync);
  else if (style === 'atomic rename') {
    const fresh = aside('.new');
    put(fresh, O_WRONLY | O_CREAT | O_EXCL, bytes, mode, sync);
    chmodSync(fresh, mode);
    renameSync(fresh, path);
  } else {
    const backup = aside('~');
    renameSync(path, backup);
    put(path, O_WRONLY | O_CREAT | O_EXCL, bytes, mode, sync);
    chmodSync(path, mode);
    unlinkSync(backup);
  }
}
