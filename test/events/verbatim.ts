/** What `inotifywait -m` prints, compared verbatim: fewer cases than the matrix, but the very program that people use. */
import { objectsOf, watchedBy } from './change.js';
import { changeOf } from './changes/index.js';
import { InotifyWait } from './inotifywait.js';
import { here, Program } from './program.js';
import type { ChangerRequests } from './protocol.js';
import type { Target } from './targets/target.js';

export type Watching = 'directory' | 'objects too' | 'tree';

const named = (watching: Watching, ...slugs: string[]) => slugs.map((slug) => ({ slug, watching }));

/** Of recursive ones only those in which no directory is new: what it prints of these is a race, on a plain directory too. */
export const verbatimCases: readonly { slug: string; watching: Watching }[] = [
  ...named('directory', 'create-empty', 'create-write', 'mkdir', 'symlink', 'append', 'truncate', 'touch', 'chmod'),
  ...named('directory', 'unlink', 'rmdir-watched', 'rename', 'rename-across', 'rename-over', 'exchange', 'moved-in'),
  ...named('directory', 'moved-out', 'save-atomic', 'save-backup', 'lock-file', 'long-writer', 'create-20'),
  ...named('objects too', 'hard-link', 'append', 'chmod', 'unlink', 'unlink-one-of-two', 'rename', 'rename-over'),
  ...named('objects too', 'moved-out', 'save-atomic', 'save-backup', 'rm-r'),
  ...named('tree', 'create-everywhere', 'rename-across', 'rm-r', 'rename-directory-create', 'moved-out-tree'),
];

function argumentsOf(slug: string, watching: Watching): string[] {
  const change = changeOf(slug);
  if (watching === 'tree') return ['-r', '.'];
  return [...watchedBy(change), ...(watching === 'objects too' ? objectsOf(change) : [])];
}

/** A changer and a target, as long as the cases run. */
export class Verbatim {
  private count = 0;

  private constructor(
    private readonly target: Target,
    private readonly changer: Program<ChangerRequests>,
  ) {}

  static async open(target: Target): Promise<Verbatim> {
    try {
      return new Verbatim(target, await Program.start<ChangerRequests>(here('./changer-main.js'), 'the changer'));
    } catch (error) {
      await target.dispose();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.changer.end();
    await this.target.dispose();
  }

  async record(slug: string, watching: Watching): Promise<string[]> {
    const { target, changer } = this;
    const name = `verbatim-${++this.count}-${slug}`;
    await changer.ask('prepare', { slug, dir: `${target.host}/${name}`, outside: `${target.outside}/${name}` });
    let watcher: InotifyWait | undefined;
    try {
      watcher = await InotifyWait.start(target, `${target.views.plain}/${name}`, argumentsOf(slug, watching));
      const steps = changeOf(slug).steps;
      const cookies = watching === 'tree' ? 'all' : 'watched';
      if (target.late) {
        await watcher.printed(await changer.ask('step', { index: steps.length, cookies }));
        await watcher.printed(await changer.ask('sweep', {}), 'DELETE');
      }
      const printed: string[] = [];
      for (const index of steps.keys())
        printed.push(...(await watcher.printed(await changer.ask('step', { index, cookies }))));
      return printed;
    } finally {
      await watcher?.end();
      await changer.ask('end', {});
    }
  }
}
