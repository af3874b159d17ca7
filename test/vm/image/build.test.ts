/** The image as it is built here: the same bytes each time, small, and with everything that init and the agent use. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Entry, readCpio } from '../../../vm/image/cpio.js';
import { buildImage, type Image, ImageError } from '../../../vm/image/index.js';
import { MODULES, PROGRAMS } from '../../../vm/image/needs.js';
import { CACHE } from './guest.js';

const MIB = 1 << 20;

describe('vm/image: the build', function () {
  this.timeout(180_000);
  let image: Image;
  let entries: Map<string, Entry>;

  before(async () => {
    image = await buildImage({ cacheDirectory: CACHE });
    // It complains of the zeros behind the frame, which the kernel passes over.
    const { stdout } = spawnSync('zstd', ['-dqc', image.initrd], { maxBuffer: 1 << 30 });
    entries = new Map(readCpio(stdout).map((entry) => [entry.path, entry]));
  });

  it('is at most 64 MiB, kernel and initrd', () => {
    const size = statSync(image.kernel).size + statSync(image.initrd).size;
    assert.ok(size <= 64 * MIB, `${(size / MIB).toFixed(1)} MiB`);
  });

  it('takes what is there already', async () => {
    const steps: string[] = [];
    const again = await buildImage({ cacheDirectory: CACHE, progress: (step) => steps.push(step) });
    assert.deepEqual({ ...again, steps }, { ...image, built: false, steps: [] });
  });

  it('gives the same bytes in another place, under another umask', async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'osmofs-build-'));
    const umask = process.umask(0o077);
    try {
      if (existsSync(join(CACHE, 'packages'))) {
        cpSync(join(CACHE, 'packages'), join(elsewhere, 'packages'), { recursive: true, verbatimSymlinks: true });
      }
      const steps: string[] = [];
      const other = await buildImage({ cacheDirectory: elsewhere, progress: (step) => steps.push(step) });
      assert.ok(other.built);
      assert.match(steps.join('\n'), /compressing the guest image/);
      assert.equal(other.key, image.key);
      for (const file of ['kernel', 'initrd'] as const) {
        assert.ok(readFileSync(other[file]).equals(readFileSync(image[file])), file);
      }
    } finally {
      process.umask(umask);
      rmSync(elsewhere, { recursive: true, force: true });
    }
  });

  it('is another image with the modules of containers', async () => {
    const other = await buildImage({ cacheDirectory: CACHE, containerEngine: true });
    assert.notEqual(other.key, image.key);
  });

  it('has every program that starts the guest', () => {
    for (const path of ['init', 'bin/busybox', 'bin/sh', 'sbin/init', 'sbin/modprobe', 'sbin/mke2fs', 'sbin/acpid']) {
      assert.ok(entries.has(path), path);
    }
    for (const path of Object.values(PROGRAMS)) assert.ok(entries.has(path.slice(1)), path);
  });

  it('has every program executable, and no link into nothing', () => {
    for (const entry of entries.values()) {
      if (entry.type === 'file' && Buffer.from(entry.data.subarray(0, 2)).equals(Buffer.from('#!'))) {
        assert.equal(entry.mode, 0o755, entry.path);
      }
      if (entry.type !== 'symlink' || entry.target.includes('proc/')) continue;
      const base = entry.target.startsWith('/') ? '/' : `/${entry.path}/..`;
      assert.ok(entries.has(join(base, entry.target).slice(1)), `${entry.path} -> ${entry.target}`);
    }
  });

  it('has the module files that its index names', () => {
    const directory = `lib/modules/${image.kernelVersion}`;
    const index = entries.get(`${directory}/modules.dep`);
    assert.equal(index?.type, 'file');
    const paths = Buffer.from(index.data).toString().trim().split(/:?\s+/);
    for (const path of paths) assert.ok(entries.has(`${directory}/${path.replace(/:$/, '')}`), path);
    assert.ok(paths.some((path) => path.includes('/fuse.ko')) || !('fuse' in MODULES));
  });

  it('holds no time, no owner and no secret', () => {
    assert.ok(!entries.has('etc/osmofs/token'));
    for (const entry of entries.values())
      assert.ok(!entry.path.startsWith('/') && !entry.path.includes('..'), entry.path);
  });

  it('says that it cannot build for another architecture', async () => {
    const arch = process.arch === 'arm64' ? 'x86_64' : 'aarch64';
    await assert.rejects(buildImage({ cacheDirectory: CACHE, arch }), (error) => {
      assert.ok(error instanceof ImageError);
      assert.match(error.message, new RegExp(`for ${arch} cannot be built on this machine`));
      assert.match(error.hint!, /LinuxKit/);
      return true;
    });
  });
});
