/** A tree outside the share that must stay as it is: neither read, nor changed, nor even looked at. */
import assert from 'node:assert/strict';
import { lstatSync, mkdirSync, readdirSync, readlinkSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';

export const SECRET = 'the secret that nobody in a guest may ever see';

interface Seen {
  readonly name: string;
  readonly stat: readonly (bigint | string)[];
}

export class Secret {
  readonly #before: Seen[];
  readonly inodes: ReadonlySet<bigint>;

  /** Made at `path`, which must not exist yet. */
  constructor(readonly path: string) {
    mkdirSync(`${path}/sub`, { recursive: true });
    writeFileSync(`${path}/f`, SECRET);
    writeFileSync(`${path}/sub/g`, SECRET, { mode: 0o600 });
    symlinkSync(SECRET, `${path}/link`);
    // An access time older than the change times is written at the next access, also under relatime.
    for (const name of ['f', 'sub/g', 'sub', '.']) utimesSync(`${path}/${name}`, 1, 2);
    this.#before = this.#look();
    this.inodes = new Set(this.#before.map(({ stat }) => stat[0] as bigint));
  }

  /** @throws AssertionError if anything about it has changed since, access times included */
  assertUntouched(): void {
    assert.deepEqual(this.#look(), this.#before);
  }

  /** Nothing of it may be in what a guest was sent. */
  assertNotIn(bytes: Uint8Array, what: string): void {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    assert.ok(!buffer.includes(SECRET.slice(0, 16)), `${what} shows the secret`);
    for (const ino of this.inodes) {
      const number = Buffer.alloc(8);
      number.writeBigUInt64LE(ino);
      assert.ok(!buffer.includes(number), `${what} tells an inode number of the secret`);
    }
  }

  /** By lstat(2) and readlink(2) only, which change nothing that is looked at. Unchanged times mean unchanged content. */
  #look(): Seen[] {
    const names = ['.', 'f', 'link', 'sub', 'sub/g'];
    const seen = names.map((name) => {
      const { ino, mode, nlink, uid, size, atimeNs, mtimeNs, ctimeNs } = lstatSync(`${this.path}/${name}`, {
        bigint: true,
      });
      const access = name === 'link' ? '' : atimeNs;
      return { name, stat: [ino, mode, nlink, BigInt(uid), size, access, mtimeNs, ctimeNs] };
    });
    assert.equal(readlinkSync(`${this.path}/link`), SECRET);
    return seen;
  }

  /** Names that are in it now. Changes access times: for the end of a test. */
  names(): string[] {
    return readdirSync(this.path, { recursive: true }).map(String).sort();
  }
}
