import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { acquireInstance } from '../../../host/instance-lock.js';
import { os } from '../../../native/index.js';
import { scratchDirectory } from './scratch-directory.js';

describe('host/instance-lock', () => {
  const directory = scratchDirectory();
  const file = () => join(directory(), 'daemon.pid');
  const flock = (fd: number, operation: number) => os.flock(fd, operation);

  it('lets one in at a time, and names it', () => {
    const lock = acquireInstance(file(), flock)!;
    assert.equal(fs.readFileSync(file(), 'utf8'), `${process.pid}\n`);
    assert.equal(acquireInstance(file(), flock), undefined);
    lock.release();
    assert.ok(!fs.existsSync(file()));
    acquireInstance(file(), flock)!.release();
  });

  it('does not care what a crash has left', () => {
    fs.writeFileSync(file(), '1\nrubbish that is longer than any number of a process');
    const lock = acquireInstance(file(), flock)!;
    assert.equal(fs.readFileSync(file(), 'utf8'), `${process.pid}\n`);
    lock.release();
  });

  it('is not fooled by a file that was removed while it was being locked', () => {
    let removed = 0;
    const race = (fd: number, operation: number) => {
      if (removed++ === 0) fs.rmSync(file());
      return flock(fd, operation);
    };
    const lock = acquireInstance(file(), race)!;
    assert.equal(removed, 2);
    assert.equal(acquireInstance(file(), flock), undefined);
    lock.release();
  });
});
