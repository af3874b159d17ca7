/** Small files that are either there whole or not at all. */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';

/**
 * Replaces the file's content atomically, mode 0600; nothing half-written is left. The name itself is on the disk once its
 * directory is synced.
 *
 * @throws Node's system error, with the file as its path
 */
export function writeWhole(file: string, text: string): void {
  const draft = `${file}.${process.pid}.tmp`;
  try {
    const fd = openSync(draft, 'w', 0o600);
    try {
      writeSync(fd, text);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(draft, file);
  } catch (error) {
    rmSync(draft, { force: true });
    // Calls on a descriptor do not name the file.
    throw error instanceof Error ? Object.assign(error, { path: file }) : error;
  }
}
