/** The arena: bounds, texts, life time; and the arguments of all calls. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { os, SELF } from '../../native/index.js';
import { arena, bytes, directory, fails, OUT, text, u64, using } from './support/fixture.js';

const INTEGER_CALLS = Object.entries(os).filter(
  ([name, call]) => typeof call === 'function' && !['createArena', 'attachArena', 'setErrnoTable'].includes(name),
) as [string, (...args: unknown[]) => number][];

/** The number of parameters of each call as the interface Os declares them. */
function arities(): Map<string, number> {
  const bodies = ['os.ts', 'os-guest.ts', 'os-vsock.ts', 'os-watch.ts'].map((name) => {
    const source = readFileSync(new URL(`../../../native/${name}`, import.meta.url), 'utf8');
    return source.slice(source.search(/^export interface \w*Os /m)).replace(/\/\*[\s\S]*?\*\//g, '');
  });
  const body = bodies.join('\n');
  return new Map(
    [...body.matchAll(/^ {2}(\w+)\(([^)]*)\): number;/gm)].map(([, name, list]) => [
      name,
      (list.match(/:/g) ?? []).length,
    ]),
  );
}

describe('native: memory and arguments', () => {
  const place = directory();

  it('the addon has exactly the calls of the interface', () => {
    assert.deepEqual(INTEGER_CALLS.map(([name]) => name).sort(), [...arities().keys()].sort());
  });

  it('every call refuses a wrong number of arguments with a TypeError', () => {
    for (const [name, arity] of arities()) {
      const call = os[name as keyof typeof os] as unknown as (...args: number[]) => number;
      const expected = { name: 'TypeError', message: new RegExp(`^${arity} arguments expected`) };
      assert.throws(() => call(...Array(arity + 1).fill(-1)), expected, name);
      if (arity > 0) assert.throws(() => call(...Array(arity - 1).fill(-1)), expected, name);
    }
  });

  it('every call refuses what is no 32-bit integer, by position', () => {
    for (const [name, arity] of arities()) {
      const call = os[name as keyof typeof os] as unknown as (...args: unknown[]) => number;
      for (let at = 0; at < arity; at++) {
        for (const wrong of [1.5, Number.NaN, 2 ** 32, -(2 ** 31) - 1, '1', undefined, null, 1n, {}]) {
          const args: unknown[] = Array(arity).fill(-1);
          args[at] = wrong;
          assert.throws(() => call(...args), { name: 'TypeError', message: new RegExp(`argument ${at + 1} `) }, name);
        }
      }
    }
  });

  it('an arena is page-aligned, zeroed and rounded up to pages', () => {
    const made = os.createArena(5000);
    assert.equal(made.byteLength, 8192);
    assert.ok(new Uint8Array(made).every((byte) => byte === 0));
  });

  it('refuses arenas of no size and arenas above what an offset can say', () => {
    for (const size of [0, -1, 2 ** 31, Number.NaN]) assert.throws(() => os.createArena(size), TypeError);
  });

  it('attaches only what createArena made, and only one per thread', () => {
    assert.throws(() => os.attachArena(new ArrayBuffer(4096)), /createArena/);
    assert.throws(() => os.attachArena({} as ArrayBuffer), TypeError);
    assert.throws(() => os.attachArena(os.createArena(4096)), /another arena/);
    os.attachArena(arena);
  });

  it('refuses offsets and lengths outside the arena, before any system call', () => {
    const size = arena.byteLength;
    fails(os.openRoot(size), 'EFAULT');
    fails(os.openRoot(-2), 'EFAULT');
    fails(os.stat(place.fd, SELF, size - 8), 'EFAULT');
    fails(os.stat(place.fd, SELF, -1), 'EFAULT');
    fails(os.pread(place.fd, OUT, -1, u64(0)), 'EFAULT');
    fails(os.pread(place.fd, size - 10, 11, u64(0)), 'EFAULT');
    fails(os.pread(place.fd, OUT, 1, size - 7), 'EFAULT');
    fails(os.pwrite(place.fd, 0x7fffffff, 0x7fffffff, 0, 0), 'EFAULT');
    fails(os.readDirectory(place.fd, size, OUT, 100), 'EFAULT');
    fails(os.utimens(place.fd, size - 31), 'EFAULT');
    fails(os.setxattr(place.fd, SELF, text('user.x'), size - 3, 4, 0), 'EFAULT');
    fails(os.laneExchange(1, 0, size + 1, 0, 0, 0), 'EFAULT');
    fails(os.socketPair(size - 7), 'EFAULT');
  });

  it('refuses a name without a NUL before the end of the arena', () => {
    const end = arena.byteLength;
    bytes.fill(0x61, end - 10, end);
    fails(os.openObject(place.fd, end - 10), 'EFAULT');
    bytes[end - 1] = 0;
    fails(os.openObject(place.fd, end - 10), 'ENOENT');
  });

  it('refuses names that are no single component', () => {
    for (const name of ['a/b', '/', '/etc', '..', '../etc', './x'])
      fails(os.openObject(place.fd, text(name)), 'EINVAL');
    fails(os.openObject(place.fd, text('')), 'ENOENT');
    fails(os.openObject(place.fd, text('x'.repeat(256))), 'ENAMETOOLONG');
    fails(os.openObject(place.fd, text('x'.repeat(255))), 'ENOENT');
    fails(os.openRoot(text(`/${'x'.repeat(5000)}`)), 'ENAMETOOLONG');
  });

  it('calls without an attached arena say EFAULT, and crash nothing', () => {
    const script = `
      const { os } = await import(${JSON.stringify(new URL('../../native/index.js', import.meta.url).href)});
      process.exit(os.openRoot(0) === -14 && os.stat(0, -1, 0) === -14 && os.laneExchange(1, 0, 0, 0, 1, 0) === -14 ? 0 : 1)`;
    execFileSync(process.execPath, ['--input-type=module', '-e', script]);
  });

  it('an attached arena outlives its last JavaScript reference', () => {
    const script = `
      const { os } = await import(${JSON.stringify(new URL('../../native/index.js', import.meta.url).href)});
      os.attachArena(os.createArena(1 << 20));
      for (let i = 0; i < 20; i++) { os.createArena(1 << 24); gc(); await new Promise(setImmediate); }
      // Each of these writes into it.
      for (let i = 0; i < 1000; i++) if (os.stat(0, -1, (1 << 20) - 120) !== 0) process.exit(1);
      process.exit(0)`;
    execFileSync(process.execPath, ['--expose-gc', '--input-type=module', '-e', script]);
  });

  it('collected arenas are given back to the system', () => {
    const script = `
      import { readFileSync } from 'node:fs';
      const { os } = await import(${JSON.stringify(new URL('../../native/index.js', import.meta.url).href)});
      for (let i = 0; i < 100; i++) { new Uint8Array(os.createArena(1 << 24)).fill(1); gc(); await new Promise(setImmediate); }
      const resident = Number(/VmRSS:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]);
      process.exit(resident < 1 << 20 ? 0 : 1)`;
    execFileSync(process.execPath, ['--expose-gc', '--input-type=module', '-e', script]);
  });

  it('names of any bytes reach the system unchanged', () => {
    const name = Buffer.from([0xff, 0xfe, 0x20, 0x0a, 0x80]);
    using(os.openFile(place.fd, text(name), 0o101, 0o600), () => {});
    using(os.openObject(place.fd, text(name)), () => {});
  });
});
