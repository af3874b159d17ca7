import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { Osmofs } from '../../support/osmofs.js';
import { assertSame } from './same.js';

/** A directory to work in, plain or mounted. */
export interface WorkPlace {
  /** absolute path; empty when the work begins */
  readonly dir: string;
  /** the same directory on the host: `dir` itself on a plain one */
  readonly host: string;
  /** Unmounts and mounts again: from here on nothing comes from the kernel's caches. Nothing on a plain directory. */
  remount(): Promise<void>;
}

export type Ownership = 'strict' | 'caller';

export interface ComparedOptions {
  /** one mount each; strict alone unless said otherwise */
  readonly ownerships?: readonly Ownership[];
  /** milliseconds for the work in one place: the end of a hang, not a judgement of speed */
  readonly timeout: number;
  /** Makes what the work starts from, once, in a plain directory. */
  prepare?(inputs: string): Promise<void>;
}

/** What was seen, one fact per line; equal on a plain directory and on a mount. */
export type Work = (place: WorkPlace, inputs: string) => Promise<string[]>;

function fresh(path: string): string {
  mkdirSync(path);
  // Other users than the one who runs the tests work here too.
  chmodSync(path, 0o777);
  return path;
}

/** Objects that nobody chowned belong to whoever runs the tests, as on the plain directory. */
function ownerOptions(ownership: Ownership): string[] {
  if (ownership === 'caller') return ['--ownership', 'caller'];
  return ['--ownership', 'strict', '--uid', String(process.getuid!()), '--gid', String(process.getgid!())];
}

/** Does the work in a plain directory, then on a mount of each ownership, and compares what was seen. */
export function compared(title: string, work: Work, options: ComparedOptions): void {
  describe(title, function () {
    this.timeout(options.timeout);
    let base: string;
    let osmofs: Osmofs | undefined;
    let expected: string[] | undefined;

    before(async () => {
      base = mkdtempSync('/var/tmp/osmofs-work-');
      chmodSync(base, 0o755);
      fresh(`${base}/inputs`);
      await options.prepare?.(`${base}/inputs`);
      osmofs = await Osmofs.start();
    });

    after(async () => {
      try {
        await osmofs?.stop();
      } finally {
        // Nothing is mounted below it any more, whatever `stop` had to complain about.
        rmSync(base, { recursive: true, force: true });
      }
    });

    it('works on a plain directory', async () => {
      const dir = fresh(`${base}/plain`);
      expected = await work({ dir, host: dir, remount: async () => {} }, `${base}/inputs`);
    });

    for (const ownership of options.ownerships ?? ['strict']) {
      it(`does the same on a mount, ownership ${ownership}`, async () => {
        const host = fresh(`${base}/${ownership}-host`);
        const dir = fresh(`${base}/${ownership}`);
        const system = osmofs!;
        const mount = () => system.mount(host, dir, ownerOptions(ownership));
        await mount();
        const remount = async () => {
          await system.umount(dir);
          await mount();
        };
        // After a failure `stop` unmounts: a mount that is still busy must not hide why.
        const seen = await work({ dir, host, remount }, `${base}/inputs`);
        await system.umount(dir);
        if (!expected) throw new Error('the work failed on the plain directory: there is nothing to compare with');
        assertSame(seen, expected, 'seen on the plain directory (-) and on the mount (+)');
      });
    }
  });
}
