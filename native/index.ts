/** The operating system: the only place that asks which one it is. */
import { createRequire } from 'node:module';
import type { Addon } from './addon.js';
import { darwin } from './darwin/os.js';
import { linux } from './linux/os.js';
import type { Os } from './os.js';

export { check, isSystemError, SystemError } from './error.js';
export { BAD_FRAME, FILE_SYSTEM, type Os, SELF, SlowOp, STAT, TIMES, WOKEN } from './os.js';
export { ANNOUNCER_COUNTS, BAD_ANNOUNCEMENT, TOO_MANY_ANNOUNCEMENTS } from './os-guest.js';
export { DRAINED, SLEPT, WATCH } from './os-vsock.js';
export { IN, INOTIFY_QUEUE, readInotify } from './os-watch.js';

// This file runs from dist/native/. The other build is the sanitizers' one, `npm run build:native:asan`.
const build = process.env.OSMOFS_NATIVE_BUILD ?? 'build';
const addon: Addon = createRequire(import.meta.url)(`../../native/${build}/Release/osmofs.node`);

function choose(): Os {
  switch (process.platform) {
    case 'linux':
      return linux(addon, process.arch);
    case 'darwin':
      return darwin(addon);
    default:
      throw new Error(`osmofs runs on Linux and macOS, not on ${process.platform}`);
  }
}

export const os: Os = Object.freeze(choose());
