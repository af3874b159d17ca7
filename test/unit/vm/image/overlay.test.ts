import assert from 'node:assert/strict';
import { parseToken } from '../../../../guest/token.js';
import { readCpio } from '../../../../vm/image/cpio.js';
import { bootOverlay, ImageError } from '../../../../vm/image/index.js';

const options = {
  guest: 'default',
  hostname: 'osmofs',
  token: new Uint8Array(32).fill(0xa5),
  address: 'vsock:2:28531',
};
const entries = (overlay: Buffer) => new Map(readCpio(overlay).map((entry) => [entry.path, entry]));
const text = (overlay: Buffer, path: string) => {
  const entry = entries(overlay).get(path);
  return entry?.type === 'file' ? Buffer.from(entry.data).toString() : undefined;
};

describe('vm/image/overlay', () => {
  it('tells the agent who it is, one member to a line as its start script reads it', () => {
    const json = text(bootOverlay(options), 'etc/osmofs/agent.json')!;
    assert.deepEqual(JSON.parse(json), { guest: 'default', address: 'vsock:2:28531', hostname: 'osmofs' });
    const fields = json.split('\n').map((line) => line.split('"'));
    assert.deepEqual(
      fields.filter(([, name]) => name === 'guest' || name === 'address').map((field) => field[3]),
      ['default', 'vsock:2:28531'],
    );
  });

  it('carries the token for root alone, in the form the agent reads', () => {
    const overlay = bootOverlay(options);
    assert.equal(entries(overlay).get('etc/osmofs/token')!.mode, 0o600);
    assert.deepEqual(parseToken(Buffer.from(text(overlay, 'etc/osmofs/token')!)), options.token);
  });

  it('has the token nowhere else', () => {
    const digits = Buffer.from(options.token).toString('hex');
    for (const [path] of entries(bootOverlay(options))) {
      if (path !== 'etc/osmofs/token') assert.ok(!text(bootOverlay(options), path)?.includes(digits), path);
    }
  });

  it('takes more files, which win', () => {
    const data = Buffer.from('mine\n');
    const overlay = bootOverlay({ ...options, extra: [{ path: 'etc/hostname', mode: 0o644, type: 'file', data }] });
    assert.equal(text(overlay, 'etc/hostname'), 'mine\n');
  });

  it('is a multiple of 4 bytes long', () => {
    for (const hostname of ['a', 'ab', 'abc', 'abcd'])
      assert.equal(bootOverlay({ ...options, hostname }).length % 4, 0);
  });

  for (const [what, wrong] of [
    ['a guest with a quotation mark', { guest: 'a"b' }],
    ['a guest with a line break', { guest: 'a\nb' }],
    ['a guest that looks like an option', { guest: '--x' }],
    ['an empty hostname', { hostname: '' }],
    ['a hostname with a shell expansion', { hostname: '$(reboot)' }],
    ['an address with a blank', { address: 'vsock:2: 1' }],
    ['a token that is too short', { token: new Uint8Array(8) }],
  ] as const) {
    it(`refuses ${what}`, () => {
      assert.throws(() => bootOverlay({ ...options, ...wrong }), ImageError);
    });
  }
});
