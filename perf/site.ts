import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import type { Mounted, Target } from './targets/target.js';

/** Everything that a run creates outside the package, and its end. */
export class Site {
  /** a directory of its own below the one given */
  readonly dir: string;
  readonly #mounted = new Set<Mounted>();
  #count = 0;

  constructor(
    below: string,
    private readonly kernelPermissions: boolean,
  ) {
    this.dir = mkdtempSync(`${below}/osmofs-perf-`);
    chmodSync(this.dir, 0o755);
  }

  /** Serves a fresh directory; `end` of the result also removes it. */
  async mount(target: Target): Promise<Mounted> {
    const place = `${this.dir}/${target.name}-${this.#count++}`;
    const options = { host: `${place}/host`, scratch: `${place}/own`, kernelPermissions: this.kernelPermissions };
    mkdirSync(options.host, { recursive: true });
    mkdirSync(options.scratch);
    const served = await target.mount(options);
    const mounted: Mounted = {
      ...served,
      end: async () => {
        this.#mounted.delete(mounted);
        await served.end();
        rmSync(place, { recursive: true, force: true });
      },
    };
    this.#mounted.add(mounted);
    return mounted;
  }

  /** Unmounts what is still mounted and removes everything. Goes on after a failure and throws the first one. */
  async end(): Promise<void> {
    const ends = await Promise.allSettled([...this.#mounted].map((one) => one.end()));
    const failed = ends.find((one) => one.status === 'rejected');
    if (failed) throw failed.reason;
    rmSync(this.dir, { recursive: true, force: true });
  }
}
