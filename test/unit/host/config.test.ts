import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { parseConfig, readConfig, writeConfig } from '../../../host/config.js';
import { problem } from './problems.js';
import { scratchDirectory } from './scratch-directory.js';

describe('host/config: content', () => {
  const full = {
    shares: ['/home/me', '/srv'],
    defaults: { consistency: 'cached', ownership: 'strict', readOnly: true },
  } as const;

  it('is taken as it is', () => {
    assert.deepEqual(parseConfig(JSON.stringify(full), 'c'), full);
    assert.deepEqual(parseConfig('{}', 'c'), {});
    assert.deepEqual(parseConfig('{"shares":[]}', 'c'), { shares: [] });
  });

  const wrong: [text: string, says: string][] = [
    ['', 'not JSON'],
    ['{', 'not JSON'],
    ['[]', 'top level: '],
    ['null', 'top level: '],
    ['{"share":[]}', 'share: no such key'],
    ['{"shares":"x"}', 'shares: '],
    ['{"shares":[1]}', 'shares.0: '],
    ['{"shares":["/a","b"]}', 'shares.1: must be an absolute path'],
    ['{"defaults":{"consistency":"fast"}}', 'defaults.consistency: '],
    ['{"defaults":{"ownership":"me"}}', 'defaults.ownership: '],
    ['{"defaults":{"readOnly":1}}', 'defaults.readOnly: '],
    ['{"defaults":{"cache":1}}', 'defaults.cache: no such key'],
  ];
  for (const [text, says] of wrong) {
    it(`${text || 'nothing'} is refused, naming file and key`, () => {
      assert.throws(
        () => parseConfig(text, '/c/config.json'),
        problem('bad-config', `osmofs: /c/config.json: ${says}`),
      );
    });
  }
});

describe('host/config: file', () => {
  const directory = scratchDirectory();
  const file = () => join(directory(), 'config.json');

  it('that is missing is an empty configuration', () => assert.deepEqual(readConfig(file()), {}));

  it('comes back as it was written, for the owner only', () => {
    writeConfig(file(), { shares: ['/a'] });
    assert.deepEqual(readConfig(file()), { shares: ['/a'] });
    assert.equal(fs.statSync(file()).mode & 0o777, 0o600);
    assert.deepEqual(fs.readdirSync(directory()), ['config.json'], 'no draft is left');
  });

  it('is replaced, never changed in place', () => {
    writeConfig(file(), { shares: ['/a'] });
    const before = fs.openSync(file(), 'r');
    writeConfig(file(), { shares: ['/b'] });
    assert.deepEqual(JSON.parse(fs.readFileSync(before, 'utf8')), { shares: ['/a'] });
    fs.closeSync(before);
  });

  it('stays a symlink if it is one', () => {
    const real = join(directory(), 'dotfiles.json');
    fs.writeFileSync(real, '{}');
    fs.symlinkSync('dotfiles.json', file());
    writeConfig(file(), { shares: ['/a'] });
    assert.ok(fs.lstatSync(file()).isSymbolicLink());
    assert.deepEqual(readConfig(real), { shares: ['/a'] });
  });

  it('that cannot be written leaves the old one and no draft', () => {
    fs.mkdirSync(file());
    assert.throws(() => writeConfig(file(), {}), problem('bad-config', `osmofs: ${file()}: cannot be written`));
    assert.deepEqual(fs.readdirSync(directory()), ['config.json']);
  });

  it('that cannot be read says so', () => {
    fs.mkdirSync(file());
    assert.throws(() => readConfig(file()), problem('bad-config', 'cannot be read (EISDIR)'));
  });
});
