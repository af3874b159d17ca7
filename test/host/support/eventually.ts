/** Waiting for what must come about soon, where nothing announces it. */
import { setTimeout as pause } from 'node:timers/promises';
import { PATIENCE } from '../../support/patience.js';

/** Looks again and again, `between` milliseconds apart, until `is` says yes. @throws Error if it never does */
export async function eventually(
  what: string | (() => string),
  is: () => boolean | Promise<boolean>,
  patience = PATIENCE,
  between = 2,
): Promise<void> {
  const end = performance.now() + patience;
  while (!(await is())) {
    if (performance.now() > end) throw new Error(`never came about: ${typeof what === 'string' ? what : what()}`);
    await pause(between);
  }
}

/** The promise's result, or an error that says what did not happen in time. */
export async function inTime<T>(what: string, promise: Promise<T>, patience = PATIENCE): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`did not happen in time: ${what}`)), patience);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
