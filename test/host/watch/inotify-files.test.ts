/** Files that are watched themselves, beside their directories. */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { scratch } from '../../../host/share-root.js';
import { InotifyFeed } from '../../../host/watch/linux/inotify-feed.js';
import { check, os } from '../../../native/index.js';
import { drained, Listener, watchPath } from './support/sink.js';

const needsLinux = os.platform === 'linux' ? '' : ' (skipped: needs Linux)';

describe(`host/watch: files watched by inotify${needsLinux}`, () => {
  let root: string;
  let rootFd: number;
  let waker: number;
  let feed: InotifyFeed;
  let listener: Listener;
  beforeEach(function () {
    if (needsLinux !== '') this.skip();
    root = fs.mkdtempSync(join(tmpdir(), 'osmofs-watch-'));
    rootFd = fs.openSync(root, 'r');
    waker = check(os.wakerCreate(), 'wakerCreate');
    listener = new Listener();
    const opened = InotifyFeed.open({ root, rootFd, waker, scratch: scratch() });
    assert.ok(opened instanceof InotifyFeed, 'an instance');
    feed = opened;
  });
  afterEach(() => {
    if (needsLinux !== '') return;
    feed.close();
    fs.closeSync(rootFd);
    os.close(waker);
    fs.rmSync(root, { recursive: true });
  });

  const at = (...names: string[]) => join(root, ...names);
  const directory = (name: string, key: number) => {
    fs.mkdirSync(at(name));
    watchPath(feed, at(name), key);
    return at(name);
  };
  const told = () => drained(feed, listener);

  it('a file may be watched itself: it is told whatever name of it is used, in order with its directory', () => {
    const a = directory('a', 1);
    const name = join(a, 'name');
    fs.writeFileSync(name, '');
    fs.linkSync(name, at('elsewhere'));
    const fd = fs.openSync(name, 'r');
    told();
    assert.ok(feed.watchFile(fd, 1).watched);
    assert.equal(feed.statistics().watches, 2);
    fs.appendFileSync(at('elsewhere'), 'x');
    assert.deepEqual(told(), ['object 1 MODIFY', 'object 1 CLOSE_WRITE']);
    fs.chmodSync(name, 0o600);
    assert.deepEqual(told().sort(), ['1 ATTRIB name', 'object 1 ATTRIB']);
    assert.ok(feed.watchFile(fd, 2).watched);
    feed.unwatchFile(1);
    fs.truncateSync(at('elsewhere'), 0);
    assert.deepEqual(told(), ['object 2 MODIFY', 'object 2 CLOSE_WRITE']);
    fs.unlinkSync(name);
    fs.unlinkSync(at('elsewhere'));
    fs.closeSync(fd);
    const last = told();
    assert.ok(last.includes('1 DELETE name') && last.includes('object 2 ATTRIB'), last.join());
    assert.equal(last.at(-1), 'object 2 DELETE_SELF');
    assert.equal(feed.statistics().watches, 1);
    feed.unwatchFile(2);
  });

  it('a directory is no file, and keeps its mask', () => {
    const a = directory('a', 1);
    const fd = fs.openSync(a, 'r');
    const outcome = feed.watchFile(fd, 1);
    fs.closeSync(fd);
    assert.ok(!outcome.watched && outcome.code === 'EISDIR' && outcome.reason === 'it is a directory');
    assert.ok(!feed.watchFile(1_000_000, 1).watched);
    fs.mkdirSync(join(a, 'd'));
    assert.deepEqual(told(), ['1 CREATE|ISDIR d']);
  });
});
