import { createHash } from 'node:crypto';
import { lstatSync, readFileSync, readlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { compared } from './support/compared.js';
import { digest } from './support/digest.js';
import { Git, snapshotRepository } from './support/git.js';

const packageRoot = fileURLToPath(new URL('../../../', import.meta.url));
/** A checkout writes its own times; what git keeps for itself has random names and times in it. */
const WORKTREE = { times: false, without: ['.git'] };

/** Contents of the files that differ between two commits: the others are what the commit before had. */
function changedFiles(dir: string, paths: readonly string[]): string[] {
  return paths.map((path) => {
    const stat = lstatSync(`${dir}/${path}`, { throwIfNoEntry: false });
    if (!stat) return `${path} gone`;
    const content = stat.isSymbolicLink() ? readlinkSync(`${dir}/${path}`) : readFileSync(`${dir}/${path}`);
    return `${path} ${stat.mode.toString(8)} ${createHash('sha256').update(content).digest('base64url')}`;
  });
}

compared(
  'git clone of this repository, fsck, checkout of every commit',
  async ({ dir, remount }, inputs) => {
    const clone = `${dir}/clone`;
    const git = new Git(clone);
    await new Git(dir).run('clone', '--quiet', '--no-local', `file://${inputs}/source`, 'clone');
    await git.run('fsck', '--full', '--strict', '--no-progress');
    await remount();
    const seen = await digest(clone, WORKTREE);
    let before = await git.run('rev-parse', 'HEAD');
    for (const revision of [...(await git.lines('tag')), ...(await git.lines('rev-list', '--all'))]) {
      await git.run('checkout', '--quiet', '--detach', revision);
      // Names that git would quote come as they are, each ended by a NUL.
      const changed = (await git.run('diff', '--name-only', '--no-renames', '-z', before, revision)).split('\0');
      const files = changedFiles(clone, changed.slice(0, -1));
      seen.push(...files.map((line) => `${revision.slice(0, 12)}: ${line}`));
      before = revision;
    }
    seen.push(...(await git.lines('status', '--porcelain', '--ignored')));
    seen.push(...(await digest(clone, WORKTREE)));
    await git.run('gc', '--quiet', '--prune=now');
    await git.run('fsck', '--full', '--strict', '--no-progress');
    return seen;
  },
  { timeout: 600_000, prepare: (inputs) => snapshotRepository(packageRoot, `${inputs}/source`) },
);
