import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { isStatic } from '../../../../vm/image/busybox.js';
import { ImageError } from '../../../../vm/image/error.js';
import { parseLdd } from '../../../../vm/image/programs.js';

describe('vm/image/programs', () => {
  it('finds libraries and the loader in what ldd says', () => {
    const text = [
      '\tlinux-vdso.so.1 (0x00007ffd5b5fe000)',
      '\tlibm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x00007f3f0c2f1000)',
      '\t/lib64/ld-linux-x86-64.so.2 (0x00007f3f0c5d4000)',
      '',
    ].join('\n');
    assert.deepEqual(parseLdd(text, 'node'), ['/lib/x86_64-linux-gnu/libm.so.6', '/lib64/ld-linux-x86-64.so.2']);
  });

  it('takes a static program as one without libraries', () => {
    assert.deepEqual(parseLdd('\tstatically linked\n', 'busybox'), []);
  });

  it('says which library is missing', () => {
    const text = '\tlibodd.so.1 => not found\n';
    assert.throws(
      () => parseLdd(text, 'node'),
      new ImageError('node needs libodd.so.1, which this machine does not have'),
    );
  });

  it('agrees with ldd about this very program', () => {
    const paths = parseLdd(execFileSync('ldd', [process.execPath], { encoding: 'utf8' }), 'node');
    assert.ok(paths.some((path) => path.includes('libc.so')));
  });

  it('tells a static program from one that needs a loader', () => {
    assert.ok(!isStatic(readFileSync(process.execPath)));
    assert.ok(isStatic(readFileSync('/bin/busybox')));
  });
});
