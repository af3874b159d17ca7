/** What every command is given: where things are, how to print, how to reach the daemon. */
import { homedir } from 'node:os';
import { isAbsolute, resolve } from 'node:path';
import { platform } from '../../native/platform.js';
import { type Paths, resolvePaths } from '../paths.js';
import { Problem } from '../problem.js';
import { defaultRoots } from '../shares.js';
import { Client } from './client.js';
import { Output, type Stream } from './output.js';

export interface Context {
  readonly paths: Paths;
  readonly defaultRoots: readonly string[];
  /** A path of the command line as the daemon needs it. @throws Problem if it is relative to a directory that is gone */
  readonly absolute: (path: string) => string;
  readonly output: Output;
  readonly client: Client;
  /** what the process will exit with if nothing is thrown */
  exitCode: number;
}

export function processContext(stdout: Stream, stderr: Stream): Context {
  const environment = process.env;
  const paths = resolvePaths({ platform, environment, home: homedir(), uid: process.geteuid?.() ?? 0 });
  const noColour = environment.NO_COLOR !== undefined && environment.NO_COLOR !== '';
  return {
    paths,
    defaultRoots: defaultRoots(platform, homedir()),
    absolute: absolutePath,
    output: new Output(stdout, stderr, !noColour),
    client: new Client(paths.controlSocket),
    exitCode: 0,
  };
}

/** The working directory is asked for only when it matters: it may have been removed, or unmounted lazily. */
function absolutePath(path: string): string {
  if (isAbsolute(path)) return resolve(path);
  try {
    return resolve(process.cwd(), path);
  } catch (error) {
    throw new Problem('usage', path, 'relative to a working directory that is gone', 'Write it from /', {
      cause: error,
    });
  }
}
