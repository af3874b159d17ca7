/** What every command is given: where things are, how to print, how to reach the daemon. */
import { homedir } from 'node:os';
import { platform } from '../../native/platform.js';
import { type Paths, resolvePaths } from '../paths.js';
import { defaultRoots } from '../shares.js';
import { Client } from './client.js';
import { Output, type Stream } from './output.js';

export interface Context {
  readonly paths: Paths;
  readonly defaultRoots: readonly string[];
  readonly workingDirectory: string;
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
    workingDirectory: process.cwd(),
    output: new Output(stdout, stderr, !noColour),
    client: new Client(paths.controlSocket),
    exitCode: 0,
  };
}
