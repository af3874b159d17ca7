import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ImageStore } from '../../../../vm/image/store.js';

describe('vm/image/store', () => {
  let directory: string;
  let store: ImageStore;
  const files = { kernel: Buffer.from('k'), initrd: Buffer.from('i') };
  const ago = (name: string, seconds: number) => {
    const time = Date.now() / 1000 - seconds;
    utimesSync(join(directory, name), time, time);
  };

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'osmofs-store-'));
    store = new ImageStore(directory);
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it('finds what it keeps, and nothing else', () => {
    assert.equal(store.find('a'), undefined);
    const place = store.keep('a', files);
    assert.equal(store.find('a'), place);
    assert.equal(readFileSync(join(place, 'initrd'), 'utf8'), 'i');
    assert.deepEqual(readdirSync(directory), ['a']);
  });

  for (const [how, spoil] of [
    ['cut short', (file: string) => truncateSync(file, 0)],
    ['missing', (file: string) => rmSync(file)],
  ] as const) {
    for (const name of ['kernel', 'initrd', 'sha256sums']) {
      it(`does not find an image whose ${name} is ${how}, and keeps it anew`, () => {
        spoil(join(store.keep('a', files), name));
        assert.equal(store.find('a'), undefined);
        store.keep('a', files);
        assert.equal(store.find('a'), join(directory, 'a'));
      });
    }
  }

  it('leaves the first of two equal images', () => {
    store.keep('a', files);
    store.keep('a', { ...files, kernel: Buffer.from('same, of course') });
    assert.equal(readFileSync(join(directory, 'a/kernel'), 'utf8'), 'k');
    assert.deepEqual(readdirSync(directory), ['a']);
  });

  it('keeps the four that were used last', () => {
    for (const [index, key] of ['a', 'b', 'c', 'd'].entries()) {
      store.keep(key, files);
      ago(key, 1000 - index);
    }
    store.find('a');
    store.keep('e', files);
    assert.deepEqual(readdirSync(directory).sort(), ['a', 'c', 'd', 'e']);
  });

  it('clears away what a killed builder left, not what one is at', () => {
    for (const name of ['.new-old', '.new-now']) mkdirSync(join(directory, name));
    ago('.new-old', 7200);
    store.keep('a', files);
    assert.ok(!existsSync(join(directory, '.new-old')));
    assert.ok(existsSync(join(directory, '.new-now')));
  });
});
