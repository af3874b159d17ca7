import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../../../guest/arguments.js';
import { parseToken, readToken } from '../../../guest/token.js';

describe('guest/token', () => {
  const token = randomBytes(32);
  let directory: string;
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'osmofs-token-'));
  });
  after(() => rmSync(directory, { recursive: true }));

  it('takes bytes and hexadecimal digits', () => {
    const expected = Uint8Array.from(token);
    assert.deepEqual(parseToken(token), expected);
    assert.deepEqual(parseToken(Buffer.from(token.toString('hex'))), expected);
    assert.deepEqual(parseToken(Buffer.from(`${token.toString('hex').toUpperCase()}\n`)), expected);
  });

  it('takes nothing else', () => {
    for (const text of ['', 'x'.repeat(64), token.toString('hex').slice(1), token.toString('base64')]) {
      assert.equal(parseToken(Buffer.from(text)), undefined);
    }
  });

  it('reads a file and a descriptor', () => {
    const file = join(directory, 'token');
    writeFileSync(file, token);
    assert.deepEqual(readToken(file), Uint8Array.from(token));
    assert.deepEqual(readToken(openSync(file, 'r')), Uint8Array.from(token));
  });

  it('says which file it could not use, not what is in it', () => {
    const file = join(directory, 'short');
    writeFileSync(file, 'hunter2');
    assert.throws(
      () => readToken(file),
      (error) => error instanceof UsageError && error.message.includes(file) && !error.message.includes('hunter2'),
    );
    assert.throws(() => readToken(join(directory, 'none')), /none: the token cannot be read \(ENOENT\)/);
  });
});
