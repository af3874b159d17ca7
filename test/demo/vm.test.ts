/** `npm run demo -- --vm`: what it shows, what it says when it cannot, and that nothing of it stays. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { installFakeQemu } from '../unit/vm/support/world.js';
import { cannotBoot } from '../vm/support/vm.js';
import { play } from './play.js';

describe('the demo with a VM', function () {
  this.timeout(180_000);
  let bin: string;

  before(function () {
    const why = cannotBoot();
    if (why === undefined) return;
    console.log(`      not run: ${why}`);
    this.skip();
  });
  beforeEach(() => {
    bin = mkdtempSync('/var/tmp/osmofs-bin-');
  });
  afterEach(() => rmSync(bin, { recursive: true, force: true }));

  it('shows a directory from both sides and leaves nothing behind', async () => {
    const ran = await play(['--vm']);
    assert.equal(ran.code, 0, ran.stderr);
    assert.match(ran.stdout, /^Linux \S+ \S+$/m);
    assert.match(ran.stdout, /^\$ node .*\nwritten in the guest$/m);
    assert.match(ran.stdout, /and appended on the host/);
    const counted = ran.stdout.match(/^\d+\n[0-9a-f]{64} {2}-$/gm)!;
    assert.equal(counted.length, 2);
    assert.equal(counted[0], counted[1]);
  });

  it('ends and leaves nothing behind when it is interrupted while the guest boots', async () => {
    const ran = await play(['--vm'], { signal: 'SIGINT', at: /demo: booting/ });
    assert.equal(ran.code, 130, ran.stderr);
    assert.doesNotMatch(ran.stdout, /osmofs mount/);
  });

  it('says why a guest does not boot, with its console’s last lines, and leaves nothing behind', async () => {
    installFakeQemu(bin, 'panic');
    const ran = await play(['--vm'], undefined, `${bin}:${process.env.PATH}`);
    assert.equal(ran.code, 1);
    assert.match(ran.stderr, /did not boot: .*Kernel panic/);
    assert.match(ran.stderr, /The demo failed: osmofs vm ended with 1/);
    assert.match(ran.stderr, /last lines of the guest’s console/);
    assert.match(ran.stdout, /^\$ osmofs vm logs .*\nup\nKernel panic$/m);
  });
});
