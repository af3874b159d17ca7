import { mkdirSync } from 'node:fs';
import { lines, type RunOptions, run } from './run.js';

/** Nothing of the machine's or the user's settings, and the same names and times in every commit. */
const ENVIRONMENT = {
  PATH: process.env.PATH,
  LC_ALL: 'C',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_COUNT: '1',
  GIT_CONFIG_KEY_0: 'safe.directory',
  GIT_CONFIG_VALUE_0: '*',
  GIT_AUTHOR_NAME: 'A',
  GIT_AUTHOR_EMAIL: 'a@example.org',
  GIT_AUTHOR_DATE: '1700000000 +0000',
  GIT_COMMITTER_NAME: 'C',
  GIT_COMMITTER_EMAIL: 'c@example.org',
  GIT_COMMITTER_DATE: '1700000000 +0000',
};

/** git in one directory, as one user. */
export class Git {
  constructor(
    private readonly cwd: string,
    private readonly user: Pick<RunOptions, 'uid' | 'gid'> = {},
  ) {}

  run(...args: string[]): Promise<string> {
    return run('git', args, { cwd: this.cwd, env: ENVIRONMENT, ...this.user });
  }

  lines(...args: string[]): Promise<string[]> {
    return lines('git', args, { cwd: this.cwd, env: ENVIRONMENT, ...this.user });
  }
}

/** A bare copy of the repository at `source` as it is now: others may commit to the original meanwhile. */
export async function snapshotRepository(source: string, to: string): Promise<void> {
  mkdirSync(to);
  await new Git(to).run('clone', '--quiet', '--bare', '--no-local', `file://${source}`, '.');
}
