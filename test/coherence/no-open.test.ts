/** A guest that opens and closes by itself, seen from the host, and where the host cannot be watched: there it has to ask all the same. */
import assert from 'node:assert/strict';
import {
  appendFileSync,
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { IN, os } from '../../native/index.js';
import { temporaryDirectory } from '../support/bare-directory.js';
import { tellEvents } from '../support/inotify-events.js';
import { limitFixed, withLimitMeanwhile } from '../support/inotify-limits.js';
import { Osmofs } from '../support/osmofs.js';
import { PATIENCE } from '../support/patience.js';
import { tripsOf } from '../support/requests.js';
import * as sys from '../support/sys.js';
import { until } from '../support/until.js';

const WATCHES = 'max_user_watches';
const obstacle = limitFixed(WATCHES);

describe('a guest that opens by itself', function () {
  this.timeout(6 * PATIENCE);
  let temporary: ReturnType<typeof temporaryDirectory>;
  let osmofs: Osmofs;
  let host: string;
  let guest: string;

  beforeEach(async () => {
    temporary = temporaryDirectory();
    [host, guest] = [`${temporary.dir}/host`, `${temporary.dir}/guest`];
    mkdirSync(host);
    osmofs = await Osmofs.start();
  });
  afterEach(async () => {
    await osmofs.stop();
    temporary.remove();
  });
  const mount = () => osmofs.mount(host, guest, ['--consistency', 'cached', '--ownership', 'strict']);

  it("the host's watchers are told of a write's end once, whatever the guest did it with", async () => {
    await mount();
    const inotify = os.inotifyCreate();
    const fd = sys.open(Buffer.from(host), sys.C.O_PATH);
    assert.ok(os.inotifyAdd(inotify, fd, IN.CLOSE_WRITE) > 0);
    sys.close(fd);
    const ends: string[] = [];
    const told = () => tellEvents(inotify, (_, __, ___, name) => ends.push(name));
    try {
      writeFileSync(`${guest}/a`, 'text');
      // Truncated and written: one end, and none of the empty file.
      writeFileSync(`${guest}/a`, 'other text');
      await until(() => told() && ends.includes('a'), 'the end of a');
      appendFileSync(`${guest}/a`, ', more');
      writeFileSync(`${guest}/b`, 'text');
      await until(() => {
        told();
        return ends.includes('b') && ends.length === 3;
      }, 'the ends of both');
      assert.deepEqual([...ends].sort(), ['a', 'a', 'b']);
      assert.equal(readFileSync(`${host}/a`, 'utf8'), 'other text, more');
    } finally {
      os.close(inotify);
    }
  });

  it('what both sides append is all there, and soon read by the guest as it is on the host', async () => {
    await mount();
    writeFileSync(`${guest}/log`, 'begin\n');
    const fd = openSync(`${guest}/log`, 'a+');
    for (let i = 0; i < 200; i++) {
      appendFileSync(`${host}/log`, `host ${i}\n`);
      writeSync(fd, `guest ${i}\n`);
    }
    const lines = readFileSync(`${host}/log`, 'utf8').split('\n');
    assert.equal(lines.length, 402);
    for (const who of ['host', 'guest'])
      assert.deepEqual(
        lines.filter((line) => line.startsWith(who)),
        Array.from({ length: 200 }, (_, i) => `${who} ${i}`),
      );
    const whole = readFileSync(`${host}/log`);
    const seen = Buffer.alloc(whole.length);
    await until(() => readSync(fd, seen, 0, seen.length, 0) === whole.length && seen.equals(whole), 'the same bytes');
    closeSync(fd);
  });

  it(`where nothing can be watched nothing is kept${obstacle === null ? '' : ` (skipped: ${obstacle})`}`, async function () {
    if (obstacle !== null) this.skip();
    mkdirSync(`${host}/d`);
    writeFileSync(`${host}/d/f`, '0000');
    await withLimitMeanwhile(WATCHES, 0, mount);
    const fd = openSync(`${guest}/d/f`, 'r');
    try {
      const bytes = Buffer.alloc(4);
      for (let i = 1; i < 50; i++) {
        const text = String(i).padStart(4, '0');
        writeFileSync(`${host}/d/f`, text);
        // The file's times are those of a clock that ticks: the next write is to be told from this one.
        sys.utimens(`${host}/d/f`, BigInt(i) * 1_000_000_000n, BigInt(i) * 1_000_000_000n);
        assert.equal(readFileSync(`${guest}/d/f`, 'utf8'), text);
        readSync(fd, bytes, 0, 4, 0);
        assert.equal(bytes.toString(), text);
        writeFileSync(`${host}/d/n${i}`, '');
        assert.ok(sys.names(`${guest}/d`).includes(`n${i}`));
      }
    } finally {
      closeSync(fd);
    }
    const { daemon } = await tripsOf(osmofs, guest, () => sys.names(`${guest}/d`));
    assert.ok((daemon.GETATTR ?? 0) + (daemon.LOOKUP ?? 0) > 0, 'it asks');
  });
});
