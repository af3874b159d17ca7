/** Debian packages that are unpacked for the image and not installed: neither root nor a change of this machine is needed. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './commands.js';
import { ImageError } from './error.js';

export class Packages {
  /** @param directory of ours, where each package gets a directory of its name and version */
  constructor(
    private readonly directory: string,
    private readonly progress: (step: string) => void,
  ) {}

  /** Directories of the packages whose name begins so and that have been unpacked before; by name, the newest version last. */
  unpacked(prefix: string): string[] {
    if (!existsSync(this.directory)) return [];
    const names = readdirSync(this.directory).filter((name) => name.startsWith(prefix) && !name.startsWith('.'));
    return names.sort(byVersion).map((name) => join(this.directory, name));
  }

  /** @returns the directory the package is unpacked in. @throws ImageError */
  async fetch(name: string): Promise<string> {
    const hint = `Install ${name}, or bring the package lists up to date: sudo apt-get update`;
    mkdirSync(this.directory, { recursive: true });
    // Beside the result, and its name is not one: half a package is never taken for a whole.
    const work = mkdtempSync(join(this.directory, '.new-'));
    try {
      this.progress(`fetching Debian's package ${name}`);
      await run('apt-get', ['download', '-q', name], { cwd: work, hint });
      const file = readdirSync(work).find((entry) => entry.endsWith('.deb'));
      if (file === undefined) throw new ImageError(`apt-get download ${name} brought nothing`, hint);
      await run('dpkg-deb', ['-x', join(work, file), join(work, 'root')], { hint });
      const place = join(this.directory, file.replace(/\.deb$/, ''));
      if (!existsSync(place)) renameSync(join(work, 'root'), place);
      return place;
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  }

  /** The package that a package without content of its own stands for: the first it depends on. @throws ImageError */
  async standsFor(name: string): Promise<string> {
    const hint = 'Bring the package lists up to date: sudo apt-get update';
    const text = await run('apt-cache', ['show', '--no-all-versions', name], { hint });
    const depends = /^Depends: ([a-z0-9][a-z0-9.+-]*)/m.exec(text)?.[1];
    if (depends === undefined) throw new ImageError(`Debian's package ${name} depends on nothing`, hint);
    return depends;
  }
}

/** Numbers in names by their value: 6.1.9 is before 6.1.10. */
export function byVersion(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}
