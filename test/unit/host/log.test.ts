import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { LogFile } from '../../../host/log.js';
import { scratchDirectory } from './scratch-directory.js';

describe('host/log', () => {
  const directory = scratchDirectory();
  const file = () => join(directory(), 'daemon.log');
  const lines = (name = 'daemon.log') => fs.readFileSync(join(directory(), name), 'utf8').split('\n').slice(0, -1);

  it('writes one line per entry, with time and level, for the owner only', () => {
    const log = new LogFile(file());
    log.write('warn', 'two\nlines');
    log.close();
    assert.equal(lines().length, 1);
    assert.match(lines()[0]!, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z warn two\\x0alines$/);
    assert.equal(fs.statSync(file()).mode & 0o777, 0o600);
  });

  it('goes on where the last process stopped', () => {
    for (const text of ['first', 'second']) {
      const log = new LogFile(file());
      log.write('info', text);
      log.close();
    }
    assert.deepEqual(
      lines().map((line) => line.split(' ').at(-1)),
      ['first', 'second'],
    );
  });

  it('stays below its limit, and keeps a number of old files', () => {
    const log = new LogFile(file(), { limit: 500, keep: 2 });
    for (let number = 0; number < 100; number++) log.write('info', `entry ${number}`);
    log.close();
    const names = fs.readdirSync(directory()).sort();
    assert.deepEqual(names, ['daemon.log', 'daemon.log.1', 'daemon.log.2']);
    for (const name of names) assert.ok(fs.statSync(join(directory(), name)).size <= 500);
    const kept = names
      .reverse()
      .flatMap(lines)
      .map((line) => Number(line.split(' ').at(-1)));
    assert.equal(kept.at(-1), 99);
    assert.deepEqual(
      kept,
      kept.map((_, at) => kept[0]! + at),
      'none is missing in between',
    );
  });

  it('lets others who have the file open go on writing into it after a rotation', () => {
    const log = new LogFile(file(), { limit: 100, keep: 1 });
    fs.writeSync(log.descriptor, `${'x'.repeat(200)}\n`);
    log.rotateIfLarge();
    fs.writeSync(log.descriptor, 'after\n');
    log.close();
    assert.deepEqual(lines(), ['after']);
    assert.deepEqual(lines('daemon.log.1'), ['x'.repeat(200)]);
  });

  it('keeps none if told so', () => {
    const log = new LogFile(file(), { limit: 100, keep: 0 });
    for (let number = 0; number < 10; number++) log.write('info', `entry ${number}`);
    log.close();
    assert.deepEqual(fs.readdirSync(directory()), ['daemon.log']);
  });
});
