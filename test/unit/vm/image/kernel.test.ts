import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findKernel } from '../../../../vm/image/kernel.js';
import { MODULES } from '../../../../vm/image/needs.js';
import { byVersion, Packages } from '../../../../vm/image/packages.js';
import { type FakeModule, writeKernel } from './fake-kernel.js';

const complete: Record<string, FakeModule> = Object.fromEntries(
  Object.keys(MODULES).map((name) => [name, { builtin: true }]),
);

describe('vm/image/kernel', () => {
  let place: string;
  let steps: string[];
  beforeEach(() => {
    place = mkdtempSync(join(tmpdir(), 'osmofs-kernels-'));
    steps = [];
    mkdirSync(join(place, 'root'));
  });
  afterEach(() => rmSync(place, { recursive: true, force: true }));

  const find = () => {
    const progress = (step: string) => steps.push(step);
    const packages = new Packages(join(place, 'packages'), progress);
    return findKernel({ packages, arch: 'x86_64', containers: false, progress, root: join(place, 'root') });
  };

  it("takes the machine's newest", async () => {
    for (const version of ['6.1.9', '6.1.10', '5.10.0']) writeKernel(join(place, 'root'), version, complete);
    const { version, data } = await find();
    assert.equal(version, '6.1.10');
    assert.equal(data.toString(), 'kernel 6.1.10');
  });

  it('passes over one that lacks a module, and says so', async () => {
    writeKernel(join(place, 'root'), '6.2.0', {});
    writeKernel(join(place, 'root'), '6.1.0', complete);
    assert.equal((await find()).version, '6.1.0');
    assert.match(steps.join('\n'), /not with kernel 6\.2\.0: .* no module virtio_pci/);
  });

  it('takes one that was fetched before where the machine has none', async () => {
    writeKernel(join(place, 'packages/linux-image-6.1.0-9_6.1.9_amd64'), '6.1.0-9', complete);
    writeKernel(join(place, 'packages/linux-image-6.1.0-10_6.1.10_amd64'), '6.1.0-10', complete);
    assert.equal((await find()).version, '6.1.0-10');
    assert.deepEqual(steps, []);
  });

  describe('with a Debian that offers one', () => {
    const path = process.env.PATH;
    afterEach(() => {
      process.env.PATH = path;
    });

    /** Commands of these names that do this, before the machine's own. */
    const commands = (scripts: Record<string, string>) => {
      const directory = join(place, 'bin');
      mkdirSync(directory);
      for (const [name, script] of Object.entries(scripts)) {
        writeFileSync(join(directory, name), `#!/bin/sh\n${script}\n`);
        chmodSync(join(directory, name), 0o755);
      }
      process.env.PATH = `${directory}:${path}`;
    };

    it('fetches and unpacks it', async () => {
      writeKernel(join(place, 'offered'), '6.1.0-56', complete);
      commands({
        'apt-cache': 'echo "Depends: linux-image-6.1.0-56-cloud-amd64 (= 6.1.192-2)"',
        'apt-get': ': >"$3_6.1.192-2_amd64.deb"',
        'dpkg-deb': `cp -r ${place}/offered "$3"`,
      });
      assert.equal((await find()).version, '6.1.0-56');
      assert.deepEqual(steps, ["fetching Debian's package linux-image-6.1.0-56-cloud-amd64"]);
      assert.equal((await find()).version, '6.1.0-56');
      assert.equal(steps.length, 1, 'fetched once');
    });

    it('says what helps when the lists do not know it', async () => {
      commands({ 'apt-cache': 'echo "E: No packages found" >&2; exit 100' });
      await assert.rejects(find(), { message: /No packages found/, hint: /apt-get update/ });
    });

    it('leaves nothing of a package that cannot be unpacked', async () => {
      commands({
        'apt-cache': 'echo "Depends: linux-image-x"',
        'apt-get': ': >x.deb',
        'dpkg-deb': 'mkdir "$3"; echo "broken" >&2; exit 2',
      });
      await assert.rejects(find(), /dpkg-deb -x fails: broken/);
      assert.deepEqual(new Packages(join(place, 'packages'), () => undefined).unpacked(''), []);
    });
  });

  it('sorts versions by their numbers', () => {
    assert.deepEqual(['6.1.10', '6.1.9', '6.1.0-56', '6.1.0-6'].sort(byVersion), [
      '6.1.0-6',
      '6.1.0-56',
      '6.1.9',
      '6.1.10',
    ]);
  });
});
