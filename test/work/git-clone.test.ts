import { fileURLToPath } from 'node:url';
import { compared } from './support/compared.js';
import { digest } from './support/digest.js';
import { Git, snapshotRepository } from './support/git.js';

const packageRoot = fileURLToPath(new URL('../../../', import.meta.url));
/** A checkout writes its own times; what git keeps for itself has random names and times in it. */
const WORKTREE = { times: false, without: ['.git'] };
/** Every commit while there are no more than this; then the tags and this many commits, evenly taken. */
const AT_MOST = 100;

function someOf(commits: readonly string[]): string[] {
  const step = Math.max(1, commits.length / AT_MOST);
  return Array.from({ length: Math.min(commits.length, AT_MOST) }, (_, i) => commits[Math.floor(i * step)]!);
}

compared(
  'git clone of this repository, fsck, checkout of every commit',
  async ({ dir, remount }, inputs) => {
    const git = new Git(`${dir}/clone`);
    await new Git(dir).run('clone', '--quiet', '--no-local', `file://${inputs}/source`, 'clone');
    await git.run('fsck', '--full', '--strict', '--no-progress');
    await remount();
    const revisions = [...(await git.lines('tag')), ...someOf(await git.lines('rev-list', '--all'))];
    const seen: string[] = [];
    for (const revision of revisions) {
      await git.run('checkout', '--quiet', '--detach', revision);
      const changed = await git.lines('status', '--porcelain', '--ignored');
      const tree = await git.run('rev-parse', 'HEAD^{tree}');
      const files = await digest(`${dir}/clone`, WORKTREE);
      seen.push(...[`tree ${tree}`, ...changed, ...files].map((line) => `${revision.slice(0, 12)}: ${line}`));
    }
    await git.run('gc', '--quiet', '--prune=now');
    await git.run('fsck', '--full', '--strict', '--no-progress');
    return seen;
  },
  { timeout: 180_000, prepare: (inputs) => snapshotRepository(packageRoot, `${inputs}/source`) },
);
