/** The behaviours inside a guest, on a share over virtio-vsock: is the system right? */
import { loadCases, under } from '../posix/cases.js';
import { CASE_LIMIT } from '../support/suite.js';
import { Behaviours } from './support/behaviours.js';
import { PeerServer } from './support/peer-server.js';
import { NODE, SLOWNESS, Vm } from './support/vm.js';

const cases = under('strict', await loadCases());
const PEER_PORT = 0x6f74;

describe('behaviour of a mount in a VM, ownership strict', () => {
  let behaviours: Behaviours;
  let running: Promise<void> | undefined;
  let peers: PeerServer;

  before(async function () {
    this.timeout(120_000);
    const vm = await Vm.orSkip(this);
    const host = vm.directory('behaviours');
    // A share of its own: what is moved out of it is outside.
    await vm.succeed(['share', 'add', host]);
    await vm.mount(host, '/behaviours', ['--ownership', 'strict', '--consistency', 'consistent']);
    peers = new PeerServer(vm.vsockPath(PEER_PORT));
    await peers.listen();
    behaviours = new Behaviours();
    const tests = await vm.installTests();
    const peer = `${NODE} ${tests}/vm/support/host-peer.js ${PEER_PORT}`;
    const script = [
      `${tests}/posix/run.js`,
      '--name',
      'vm',
      '--dir',
      '/behaviours',
      '--host',
      host,
      '--host-peer',
      peer,
    ];
    running = vm
      .exec(['env', `OSMOFS_TEST_PATIENCE=${SLOWNESS}`, NODE, ...script], {
        line: (text) => behaviours.line(text),
        timeout: 15 * 60_000,
      })
      .then(({ code, stderr }) => behaviours.end(`the suite ended with status ${code}\n${stderr.slice(-2000)}`));
  });

  after(async function () {
    this.timeout(120_000);
    await running;
    await peers?.close();
  });

  for (const [index, one] of cases.entries()) {
    it(one.title, async function () {
      // The first one also waits for the guest's node.
      this.timeout(SLOWNESS * CASE_LIMIT);
      const { status, reason } = await behaviours.outcome(index + 1);
      if (status === 'failed') throw Object.assign(new Error(one.slug), { stack: `${one.slug}: ${reason}` });
      if (status === 'skipped') {
        this.test!.title += ` (skipped: ${reason})`;
        this.skip();
      }
    });
  }
});
