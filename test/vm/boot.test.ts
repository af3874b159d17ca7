/** A VM as its user sees it: started, used, shown, and what it costs. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { DEBIAN, NODE, packageRoot, Vm } from './support/vm.js';

const MiB = 1 << 20;

describe('a VM', function () {
  this.timeout(180_000);
  let vm: Vm;

  before(async function () {
    vm = await Vm.orSkip(this);
  });

  it('boots, and its agent says hello', async function () {
    // Measured and shown; what it is on another machine says nothing.
    this.test!.title += ` (${vm.bootMilliseconds} ms)`;
    const [shown] = JSON.parse((await vm.succeed(['vm', 'ls', '--format', 'json'])).stdout);
    assert.equal(shown.name, 'default');
    assert.equal(shown.state, 'running');
  });

  it('runs programs, whose output, errors and status come back', async () => {
    const ran = await vm.exec(['sh', '-c', 'echo out; echo err >&2; exit 7']);
    assert.deepEqual(ran, { code: 7, stdout: 'out\n', stderr: 'err\n' });
    assert.equal((await vm.exec(['cat'], { input: Buffer.from('across') })).stdout, 'across');
    assert.equal((await vm.exec(['/no/such/program'])).code, 127);
  });

  it('shows a directory of the host, both ways', async () => {
    const host = vm.directory('plain');
    await vm.mount(host, '/plain');
    await vm.run(['sh', '-c', 'echo from the guest > /plain/guest']);
    assert.equal(readFileSync(`${host}/guest`, 'utf8'), 'from the guest\n');
    assert.equal(await vm.run(['ls', '/plain']), 'guest\n');
    await vm.succeed(['umount', '/plain']);
    assert.equal(await vm.run(['ls', '/plain']), '');
  });

  it('its process and its device take no more than 60 MiB', async function () {
    const runner = vm.osmofs.processes().find(({ command }) => command.includes('vm/runner.js'))!;
    const rss = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${runner.pid}/status`, 'latin1'))![1]) * 1024;
    this.test!.title += ` (${Math.round(rss / MiB)} MiB)`;
    assert.ok(rss <= 60 * MiB, `${rss} bytes`);
  });

  it('nobody in the guest gets anything without the token', async () => {
    // The agent's own address, spoken to by a program that knows all but the token.
    const speak = `
      import { Link } from '${DEBIAN}${packageRoot}/dist/guest/link.js';
      try {
        await Link.connect({ kind: 'vsock', cid: 2, port: 28531 }, { token: Buffer.alloc(32), guest: 'default', version: '0', features: [] });
        console.log('let in');
      } catch (error) {
        console.log(error.message);
      }
      process.exit(0);
    `;
    const said = await vm.run([NODE, '--input-type=module', '-e', speak]);
    assert.match(said, /refuses this agent: the token is not the right one/);
  });
});
