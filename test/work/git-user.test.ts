import { appendFileSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { compared } from './support/compared.js';
import { digest } from './support/digest.js';
import { Git } from './support/git.js';

/** Somebody else than the one the daemon runs as; oneself where one may not become anybody else. */
const user = process.getuid!() === 0 ? { uid: 1000, gid: 1000 } : { uid: process.getuid!(), gid: process.getgid!() };
const FILES = 200;

/** A repository that the user owns: chowned on a plain directory, and by the rule of `caller` on the mount. */
async function startRepository(dir: string): Promise<Git> {
  mkdirSync(dir);
  if (process.getuid!() === 0) chownSync(dir, user.uid, user.gid);
  const git = new Git(dir, user);
  await git.run('init', '--quiet', '--initial-branch=main');
  return git;
}

function writeFiles(dir: string, round: number): void {
  for (let i = 0; i < FILES; i++) {
    const place = `${dir}/d${i % 10}`;
    mkdirSync(place, { recursive: true });
    writeFileSync(`${place}/f${i}`, `${round}:${i}\n`.repeat(1 + (i % 50)));
    chownSync(place, user.uid, user.gid);
    chownSync(`${place}/f${i}`, user.uid, user.gid);
  }
}

async function commitAll(git: Git, message: string): Promise<void> {
  await git.run('add', '--all');
  await git.run('commit', '--quiet', '-m', message);
}

compared(
  'git as another user: commit, branch, merge, rebase, stash, worktree, gc',
  async ({ dir, remount }) => {
    const repository = `${dir}/repository`;
    const git = await startRepository(repository);
    writeFiles(repository, 1);
    await commitAll(git, 'first');

    await git.run('checkout', '--quiet', '-b', 'side');
    await git.run('mv', 'd1', 'moved');
    await git.run('rm', '--quiet', '-r', 'd2');
    await commitAll(git, 'moved and removed');
    await git.run('checkout', '--quiet', 'main');
    appendFileSync(`${repository}/d3/f3`, 'more\n');
    await commitAll(git, 'appended');
    await git.run('merge', '--quiet', '--no-ff', '-m', 'merged', 'side');

    await git.run('checkout', '--quiet', '-b', 'rebased', 'main~1');
    appendFileSync(`${repository}/d4/f4`, 'more\n');
    await commitAll(git, 'to be rebased');
    await git.run('rebase', '--quiet', 'main');

    appendFileSync(`${repository}/d5/f5`, 'stashed\n');
    await git.run('stash', 'push', '--quiet');
    const clean = await git.lines('status', '--porcelain');
    await git.run('stash', 'pop', '--quiet');
    const dirty = await git.lines('status', '--porcelain');
    await git.run('reset', '--quiet', '--hard');

    await git.run('worktree', 'add', '--quiet', '../second', 'side');
    await remount();
    await git.run('gc', '--quiet', '--prune=now');
    await git.run('fsck', '--full', '--strict', '--no-progress');
    const look = { times: false, without: ['.git'] };
    return [
      ...clean.map((line) => `after stash push: ${line}`),
      ...dirty.map((line) => `after stash pop: ${line}`),
      ...(await git.lines('log', '--all', '--format=%H %P %s')),
      ...(await git.lines('status', '--porcelain', '--ignored')),
      // Ownership is for the user who looks: only modes and contents are anybody's.
      ...(await digest(repository, { ...look, owners: false })),
      ...(await digest(`${dir}/second`, { ...look, owners: false })),
    ];
  },
  { timeout: 600_000, ownerships: ['caller'] },
);
