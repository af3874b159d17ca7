/**
 * Where mounts overlap the stricter one rules: below its directory nothing is kept, in any superblock; beside it everything is. By the
 * daemon's counters, with a `cached` mount of a tree and mounts of parts of it that come and go.
 */
import assert from 'node:assert/strict';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { temporaryDirectory } from '../support/bare-directory.js';
import { Osmofs } from '../support/osmofs.js';
import { tripsOf } from '../support/requests.js';

/** What is asked for each time, whatever is kept: opening, closing and access times are not left to the kernel. */
const UNKEPT = ['GETATTR', 'OPEN', 'OPENDIR', 'RELEASE', 'RELEASEDIR', 'FLUSH'];

/** So often it may be asked for again: a guest gives back, and learns that it may keep again, beside what the test does. */
const ROUNDS = 5;

describe('mounts that overlap', function () {
  this.timeout(300_000);
  let temporary: ReturnType<typeof temporaryDirectory>;
  let osmofs: Osmofs;
  const at = (path: string) => `${temporary.dir}/${path}`;
  const mount = (source: string, target: string, mode: string) =>
    osmofs.mount(at(source), at(target), ['--consistency', mode, '--ownership', 'strict', '--name', target]);
  const ask = async (act: () => unknown) => (await tripsOf(osmofs, at('weak'), act)).daemon;

  /** A stat, a look at what is not there, a listing and the content, of one directory of the weak mount. */
  const looks: Record<string, (directory: string) => unknown> = {
    stat: (directory) => statSync(`${directory}/file`),
    miss: (directory) => existsSync(`${directory}/missing`),
    list: (directory) => readdirSync(directory),
    read: (directory) => readFileSync(`${directory}/file`, 'utf8'),
  };
  const warm = (directory: string) => {
    for (const look of Object.values(looks)) look(at(directory));
  };

  /** Each look sends what it needs, each time. */
  async function assertAsks(directory: string): Promise<void> {
    warm(directory);
    const wanted: [look: string, ...operations: string[]][] = [
      ['stat', 'LOOKUP'],
      ['miss', 'LOOKUP'],
      // Where the guest's kernel opens by itself it has a listing, or content, and asks whether the times are still those.
      ['list', 'READDIR', 'READDIRPLUS', 'GETATTR'],
      ['read', 'READ', 'GETATTR'],
    ];
    for (const [look, ...operations] of wanted) {
      const asked = await ask(() => looks[look]!(at(directory)));
      assert.ok(
        operations.some((operation) => (asked[operation] ?? 0) > 0),
        `${look} of ${directory}: ${JSON.stringify(asked)}`,
      );
    }
  }

  /** Seen often enough, nothing is asked for that can be kept: what was to be given back before may still be on its way. */
  async function assertKeeps(directory: string): Promise<void> {
    warm(directory);
    for (let round = 1; ; round++) {
      const asked = await ask(() => warm(directory));
      const again = Object.keys(asked).filter((operation) => !UNKEPT.includes(operation));
      if (again.length === 0) return;
      assert.ok(round < ROUNDS, `${directory}: ${JSON.stringify(asked)}`);
    }
  }

  beforeEach(async () => {
    temporary = temporaryDirectory();
    for (const name of ['tree/a', 'tree/b/deep', 'tree/c']) mkdirSync(at(name), { recursive: true });
    for (const name of ['tree', 'tree/a', 'tree/b', 'tree/b/deep', 'tree/c']) writeFileSync(at(`${name}/file`), name);
    osmofs = await Osmofs.start();
  });
  afterEach(async () => {
    try {
      await osmofs?.stop();
    } finally {
      temporary?.remove();
    }
  });

  it('nothing is kept below the stricter one, everything beside it', async () => {
    await mount('tree/b', 'strict', 'consistent');
    await mount('tree', 'weak', 'cached');
    await assertAsks('weak/b');
    await assertAsks('weak/b/deep');
    await assertKeeps('weak/a');
    await assertKeeps('weak');
  });

  it('of one that writes behind, each write is at once on the host where a stricter one rules, in what is opened since', async () => {
    await mount('tree', 'weak', 'delegated');
    await mount('tree/b', 'ruled', 'cached');
    const writes = async (directory: string) => {
      // Closed before it is counted: a descriptor that is open while the command line is started is flushed by that.
      const asked = await ask(() => {
        const fd = openSync(at(`weak/${directory}/file`), 'a');
        for (let i = 1; i <= 50; i++) {
          writeSync(fd, 'x');
          if (directory === 'b') assert.equal(statSync(at('tree/b/file')).size, 'tree/b'.length + i);
        }
        closeSync(fd);
      });
      return asked.WRITE ?? 0;
    };
    assert.equal(await writes('b'), 50);
    assert.ok((await writes('a')) < 50, 'beside it they are gathered');
  });

  for (const mode of ['default', 'cached']) {
    it(`a ${mode} mount in its place rules nothing`, async () => {
      await mount('tree/b', 'other', mode);
      await mount('tree', 'weak', 'cached');
      await assertKeeps('weak/b');
      await assertKeeps('weak/b/deep');
    });
  }

  it('nothing at all is kept by one that lies below a stricter one', async () => {
    await mount('tree', 'strict', 'consistent');
    await mount('tree/b', 'weak', 'cached');
    await assertAsks('weak');
    await assertAsks('weak/deep');
  });

  it('when a stricter one comes, what was kept is given back before it is there; when it goes, keeping begins again', async () => {
    await mount('tree', 'weak', 'cached');
    for (const directory of ['weak/b', 'weak/b/deep', 'weak/a']) await assertKeeps(directory);
    await mount('tree/b', 'strict', 'consistent');
    for (const directory of ['weak/b', 'weak/b/deep']) {
      // The first of each kind already: whoever had to wait for an event would ask for nothing.
      assert.ok(((await ask(() => looks.miss!(at(directory)))).LOOKUP ?? 0) > 0, `missing name in ${directory}`);
      assert.ok(((await ask(() => looks.stat!(at(directory)))).LOOKUP ?? 0) > 0, `name in ${directory}`);
      assert.ok(((await ask(() => looks.read!(at(directory)))).READ ?? 0) > 0, `content in ${directory}`);
      await assertAsks(directory);
    }
    await assertKeeps('weak/a');
    await osmofs.umount(at('strict'));
    for (const directory of ['weak/b', 'weak/b/deep', 'weak/a']) await assertKeeps(directory);
  });

  /** Calls that the agent has made for this mount, and none is under way any more. */
  async function injected(): Promise<number> {
    return (await osmofs.status()).mounts.find(({ name }) => name === 'weak')!.statistics!.injected;
  }

  it('a file that is open and read again and again shows what the host has made of it, at the next read', async () => {
    await mount('tree/b', 'strict', 'consistent');
    await mount('tree', 'weak', 'cached');
    const { openSync, readSync, closeSync } = await import('node:fs');
    const fd = openSync(at('weak/b/file'), 'r');
    try {
      const bytes = Buffer.alloc(16);
      for (const text of ['tree/b', 'TREE/B', 'Tree/B']) {
        // While a change is being told the kernel may overhear what it is told of a newer one.
        const before = await injected();
        writeFileSync(at('tree/b/file'), text, { flag: 'r+' });
        const length = readSync(fd, bytes, 0, 16, 0);
        assert.equal(bytes.toString('utf8', 0, length), text);
        while ((await injected()) === before);
      }
    } finally {
      closeSync(fd);
    }
  });

  it('the rule follows a directory that the host moves', async () => {
    await mount('tree', 'weak', 'cached');
    await mount('tree/b', 'strict', 'consistent');
    warm('weak/b');
    renameSync(at('tree/b'), at('tree/a/elsewhere'));
    mkdirSync(at('tree/b'));
    writeFileSync(at('tree/b/file'), 'another');
    await assertAsks('weak/a/elsewhere');
    await assertKeeps('weak/b');
  });

  it('what the guest moves under the stricter one is kept no longer, what it moves out is kept again', async () => {
    await mount('tree', 'weak', 'cached');
    await mount('tree/b', 'strict', 'consistent');
    await assertKeeps('weak/c');
    renameSync(at('weak/c'), at('weak/b/c'));
    await assertAsks('weak/b/c');
    renameSync(at('weak/b/c'), at('weak/c'));
    await assertKeeps('weak/c');
  });
});
