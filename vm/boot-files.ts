/** The files that each boot has of its own. */
import {
  appendFileSync,
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  ftruncateSync,
  openSync,
  rmSync,
} from 'node:fs';
import { codeOf, VmFailure } from './failure.js';

const MIB = 1024 * 1024;

/** The image's initrd with this boot's overlay behind it: the kernel unpacks one archive after the other. Mode 0600. */
export function writeInitrd(file: string, image: string, overlay: Uint8Array): void {
  rmSync(file, { force: true });
  try {
    // A clone where the file system has them. The token is in the overlay: nobody else may read it at any time.
    closeSync(openSync(file, 'wx', 0o600));
    copyFileSync(image, file, constants.COPYFILE_FICLONE);
    chmodSync(file, 0o600);
    appendFileSync(file, overlay);
  } catch (error) {
    rmSync(file, { force: true });
    throw new VmFailure('failed', file, `cannot be written (${codeOf(error)})`, hintFor(error, image), {
      cause: error,
    });
  }
}

function hintFor(error: unknown, image: string): string {
  return codeOf(error) === 'ENOENT' ? `See whether ${image} is there` : 'Make room on that disk';
}

/** A sparse file of that size, if there is none: what the guest has on an old one stays. */
export function createDataDisk(file: string, sizeMiB: number): void {
  if (existsSync(file)) return;
  try {
    const fd = openSync(file, 'wx', 0o600);
    try {
      ftruncateSync(fd, sizeMiB * MIB);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    rmSync(file, { force: true });
    throw new VmFailure('failed', file, `cannot be made (${codeOf(error)})`, 'Make room on that disk', {
      cause: error,
    });
  }
}
