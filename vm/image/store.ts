/** Finished images, one directory for each, by the hash of what they are made from. */
import { createHash } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

/** Images that stay when a new one comes: a VM that is started again may want an older one for a while. */
const KEPT = 4;
/** After so long a half-made image belongs to a builder that was killed, ms. */
const ABANDONED = 3_600_000;
const UNFINISHED = '.new-';
/** Beside the files: their SHA-256 each, as sha256sum(1) writes it. */
const SUMS = 'sha256sums';

export class ImageStore {
  constructor(private readonly directory: string) {}

  /** The image's directory if it is there and whole; from now on the one used last. One that is spoilt is removed. */
  find(key: string): string | undefined {
    const place = join(this.directory, key);
    if (!isWhole(place)) {
      rmSync(place, { recursive: true, force: true });
      return undefined;
    }
    const now = new Date();
    utimesSync(place, now, now);
    return place;
  }

  /** Keeps all files or none, also when two build the same at once. @returns the image's directory */
  keep(key: string, files: Readonly<Record<string, Uint8Array>>): string {
    mkdirSync(this.directory, { recursive: true });
    const work = mkdtempSync(join(this.directory, UNFINISHED));
    const place = join(this.directory, key);
    try {
      for (const [name, data] of Object.entries(files)) writeFileSync(join(work, name), data);
      writeFileSync(join(work, SUMS), Object.entries(files).map(sumLine).sort().join(''));
      renameSync(work, place);
    } catch (error) {
      // Another was first: its files are the same.
      if (!['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
    this.#prune(key);
    return place;
  }

  #prune(key: string): void {
    const age = (name: string) =>
      Date.now() - (statSync(join(this.directory, name), { throwIfNoEntry: false })?.mtimeMs ?? 0);
    const names = readdirSync(this.directory).filter((name) => name !== key);
    const unfinished = names.filter((name) => name.startsWith(UNFINISHED));
    const others = names.filter((name) => !unfinished.includes(name)).sort((a, b) => age(a) - age(b));
    for (const name of [...others.slice(KEPT - 1), ...unfinished.filter((each) => age(each) > ABANDONED)]) {
      rmSync(join(this.directory, name), { recursive: true, force: true });
    }
  }
}

function sumLine([name, data]: readonly [name: string, data: Uint8Array]): string {
  return `${createHash('sha256').update(data).digest('hex')}  ${name}\n`;
}

/** A crash of the machine or a full disk may have left less than was written, and a guest that does not say why. */
function isWhole(place: string): boolean {
  try {
    const names = readdirSync(place).filter((name) => name !== SUMS);
    const sums = names.map((name) => sumLine([name, readFileSync(join(place, name))]));
    return sums.sort().join('') === readFileSync(join(place, SUMS), 'latin1');
  } catch {
    return false;
  }
}
