/** Who did it: of the events in a directory those are told that other processes caused, whatever this one does there too. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { IN, os, readInotify } from '../../native/index.js';
import { bytes, directory, fails, OUT, succeeds, text } from './support/fixture.js';
import { ALL, drain, words } from './support/inotify.js';

const ROOM = 1 << 16;
const KEY = 7;

describe('native: events that other processes caused', () => {
  if (os.platform !== 'linux') {
    it('are ENOSYS', () => {
      fails(os.inotifyQueueForeign(1, OUT, ROOM), 'ENOSYS');
      fails(os.inotifyQueueMark(1, 0, 1), 'ENOSYS');
      fails(os.inotifyQueueUnmark(1, 1), 'ENOSYS');
    });
    return;
  }
  const place = directory();
  let path: string;
  let inotify: number;
  let waker: number;
  let queue: number;
  let count = 0;

  beforeEach(() => {
    path = `${place.path}/${++count}`;
    fs.mkdirSync(path);
    inotify = succeeds(os.inotifyCreate());
    waker = succeeds(os.wakerCreate());
    queue = succeeds(os.inotifyQueueStart(inotify, waker, 1 << 20, 1));
    watch(path, KEY);
  });
  afterEach(() => {
    succeeds(os.inotifyQueueStop(queue));
    for (const fd of [inotify, waker]) os.close(fd);
  });

  function watch(directory: string, key: number): void {
    const fd = succeeds(os.openRoot(text(directory)));
    assert.equal(os.inotifyQueueMark(queue, fd, key), 0);
    succeeds(os.inotifyAdd(inotify, fd, ALL));
    os.close(fd);
  }

  /** A shell does it. */
  const others = (script: string) => execFileSync('/bin/sh', ['-ec', script], { cwd: path });
  /** What others did until now, by key and name: bits of IN, all together. */
  function foreign(): Record<string, number> {
    drain(queue);
    const found: Record<string, number> = {};
    const words32 = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
    for (;;) {
      const length = succeeds(os.inotifyQueueForeign(queue, OUT, ROOM));
      if (length === 0) return found;
      readInotify(bytes, words32, OUT, length, (key, mask, cookie, name) => {
        assert.equal(cookie, 0);
        found[`${key}/${name}`] = (found[`${key}/${name}`] ?? 0) | mask;
      });
    }
  }

  it('are none if this process did it all', () => {
    fs.writeFileSync(`${path}/a`, 'x');
    fs.renameSync(`${path}/a`, `${path}/b`);
    fs.chmodSync(`${path}/b`, 0o600);
    fs.rmSync(`${path}/b`);
    fs.mkdirSync(`${path}/d`);
    assert.deepEqual(foreign(), {});
  });

  it('are all that others did, under the key of the directory', () => {
    others('echo x > a; chmod 600 a; mv a b; rm b; mkdir d');
    assert.deepEqual(foreign(), {
      [`${KEY}/a`]: IN.CREATE | IN.MODIFY | IN.CLOSE_WRITE | IN.ATTRIB | IN.MOVED_FROM,
      [`${KEY}/b`]: IN.MOVED_TO | IN.DELETE,
      [`${KEY}/d`]: IN.CREATE | IN.ISDIR,
    });
  });

  it('are told of a name that this process had its hand in before and after', () => {
    fs.writeFileSync(`${path}/a`, 'mine');
    others('echo theirs >> a');
    fs.appendFileSync(`${path}/a`, 'mine again');
    assert.deepEqual(foreign(), { [`${KEY}/a`]: IN.MODIFY | IN.CLOSE_WRITE });
  });

  it('are told once', () => {
    others('echo x > a');
    assert.notDeepEqual(foreign(), {});
    assert.deepEqual(foreign(), {});
  });

  it('are told of the directory itself under the name "."', () => {
    fs.mkdirSync(`${path}/d`);
    watch(`${path}/d`, KEY + 1);
    others('chmod 700 d');
    assert.deepEqual(foreign(), { [`${KEY + 1}/.`]: IN.ATTRIB | IN.ISDIR });
  });

  it('are told under each key of the directory, until the key is taken away', () => {
    watch(path, KEY + 1);
    others('echo x > a');
    assert.deepEqual(Object.keys(foreign()).toSorted(), [`${KEY}/a`, `${KEY + 1}/a`]);
    assert.equal(os.inotifyQueueUnmark(queue, KEY), 0);
    others('echo x > b');
    assert.deepEqual(Object.keys(foreign()), [`${KEY + 1}/b`]);
  });

  it('have names byte by byte, up to the longest', () => {
    const longest = 'n'.repeat(255);
    others(`: > ${longest}; : > "$(printf 'a\\377\\nb')"`);
    assert.deepEqual(Object.keys(foreign()).toSorted(), [`${KEY}/a\u00ff\nb`, `${KEY}/${longest}`]);
  });

  it('are as complete as what inotify tells, in directories that are told apart by more than their number', () => {
    const expected = new Set<string>();
    for (let i = 0; i < 200; i++) expected.add(`CREATE|ISDIR d${i}`);
    others('i=0; while [ $i -lt 200 ]; do mkdir d$i; i=$((i+1)); done');
    assert.deepEqual(new Set(drain(queue).map(words)), expected);
    assert.equal(Object.keys(foreign()).length, 200);
  });

  it('are refused where nobody tells them, and for a queue that is not there', () => {
    const plain = succeeds(os.inotifyQueueStart(inotify, waker, 1 << 20, 0));
    const fd = succeeds(os.openRoot(text(path)));
    fails(os.inotifyQueueMark(plain, fd, 1), 'EOPNOTSUPP');
    assert.equal(os.inotifyQueueForeign(plain, OUT, ROOM), 0);
    assert.equal(os.inotifyQueueUnmark(plain, 1), 0);
    succeeds(os.inotifyQueueStop(plain));
    fails(os.inotifyQueueMark(1_000_000, fd, 1), 'EBADF');
    fails(os.inotifyQueueForeign(1_000_000, OUT, ROOM), 'EBADF');
    fails(os.inotifyQueueForeign(queue, OUT, 16), 'EINVAL');
    os.close(fd);
    fails(os.inotifyQueueMark(queue, -1, 1), 'EBADF');
  });
});
