import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { mergeVmConfig, parseVmFlags, readVmConfig, VM_DEFAULTS, writeVmConfig } from '../../../vm/config.js';
import { VmFailure } from '../../../vm/failure.js';
import { scratchDirectory } from '../host/scratch-directory.js';

describe('vm/config', () => {
  const here = scratchDirectory();

  it('is the defaults where nothing is said; flags win over the file', () => {
    assert.deepEqual(mergeVmConfig('x'), VM_DEFAULTS);
    const merged = mergeVmConfig('x', { cpus: 3, memoryMiB: 512 }, { memoryMiB: 2048 });
    assert.deepEqual([merged.cpus, merged.memoryMiB], [3, 2048]);
  });

  it('is read as it was written; a missing file says nothing', () => {
    const file = `${here()}/config.json`;
    assert.deepEqual(readVmConfig(file), {});
    const flags = { cpus: 8, kernelArguments: ['a=b', 'console=ttyS0,115200'], accelerator: 'tcg' as const };
    writeVmConfig(file, flags);
    assert.deepEqual(readVmConfig(file), flags);
  });

  const wrong: readonly [value: unknown, says: RegExp][] = [
    [[], /a list, not an object/],
    [{ cpu: 2 }, /no such key/],
    [{ cpus: 0 }, /cpus: must be a whole number of 1 to 64/],
    [{ cpus: 1.5 }, /cpus: must be a whole number/],
    [{ cpus: '2' }, /cpus: must be a number/],
    [{ memoryMiB: 16 }, /memoryMiB: must be a whole number of 128/],
    [{ kernelArguments: ['two words'] }, /kernelArguments.0: must be printable ASCII without a space/],
    [{ kernelArguments: ['a"b'] }, /quotation mark/],
    [{ kernelArguments: ['a\nb'] }, /printable/],
    [{ kernelArguments: ['a'.repeat(2000)] }, /more than 1024 bytes/],
    [{ hypervisor: 'xen' }, /hypervisor/],
    [{ accelerator: 'fast' }, /accelerator/],
    [{ machine: 'pc' }, /machine/],
    [{ dataDiskMiB: -1 }, /dataDiskMiB/],
    [{ kernel: 'vmlinuz' }, /kernel: must be an absolute path/],
    [{ kernel: '/a\u0000b' }, /control character/],
  ];
  for (const [value, says] of wrong) {
    it(`${JSON.stringify(value).slice(0, 60)} is refused, with the file and the key`, () => {
      assert.throws(
        () => parseVmFlags(value, '/etc/x.json'),
        (error) => error instanceof VmFailure && says.test(error.message) && error.thing === '/etc/x.json',
      );
    });
  }

  it('wants kernel and initrd together, wherever they are said', () => {
    assert.throws(() => mergeVmConfig('x', { kernel: '/k' }), /kernel and initrd go together/);
    assert.equal(mergeVmConfig('x', { kernel: '/k' }, { initrd: '/i' }).initrd, '/i');
  });

  it('refuses less memory than the guest image needs, unless the image is another', () => {
    assert.throws(() => mergeVmConfig('x', { memoryMiB: 256 }), /needs at least 320 MiB/);
    assert.equal(mergeVmConfig('x', { memoryMiB: 256, kernel: '/k', initrd: '/i' }).memoryMiB, 256);
  });

  it('says that a file is not JSON, and which', () => {
    const file = `${here()}/config.json`;
    writeFileSync(file, '{');
    assert.throws(
      () => readVmConfig(file),
      (error) => error instanceof VmFailure && /not JSON/.test(error.what),
    );
  });
});
