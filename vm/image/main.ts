/**
 * The builder as a process: `node dist/vm/image/main.js`, with the options as one JSON object on standard input. What it
 * says on standard output is lines of JSON, see {@link BuilderLine}; exit code 0 if there is an image, 1 if not.
 */
import { writeSync } from 'node:fs';
import { json } from 'node:stream/consumers';
import { build } from './build.js';
import { ImageError } from './error.js';
import type { Image, ImageOptions } from './image.js';

export type BuilderLine =
  | { readonly progress: string }
  | { readonly image: Image }
  | { readonly error: string; readonly hint?: string | undefined };

const say = (line: BuilderLine) => writeSync(1, `${JSON.stringify(line)}\n`);

const options = (await json(process.stdin)) as Omit<ImageOptions, 'progress' | 'signal'>;
try {
  say({ image: await build({ ...options, progress: (progress) => say({ progress }) }) });
} catch (error) {
  if (error instanceof ImageError) say({ error: error.message, hint: error.hint });
  else if (['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException)?.code ?? ''))
    say({
      error: `there is no room for the guest image in ${options.cacheDirectory}`,
      hint: 'Make room on that disk.',
    });
  else say({ error: `internal error: ${error instanceof Error ? error.stack : error}` });
  process.exitCode = 1;
}
