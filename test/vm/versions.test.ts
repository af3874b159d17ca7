/** Agents of other versions in a real guest: an older and a newer one are refused, a newer minor one works. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { PROTOCOL_MAJOR, PROTOCOL_MINOR } from '../../protocol/version.js';
import { eventually } from './support/eventually.js';
import { Vm } from './support/vm.js';

/** Starts the next agent of those in the list, then the guest's own. */
const CHOOSE = `
import { readFileSync, writeFileSync } from 'node:fs';
const [next, ...rest] = readFileSync('/run/agents', 'utf8').split(' ');
writeFileSync('/run/agents', rest.join(' '));
await import('/opt/osmofs/dist/guest/' + (next || 'agent') + '.js');
`;

describe('agents of other versions', function () {
  this.timeout(120_000);
  let vm: Vm;
  const log = () => readFileSync(`${vm.osmofs.home}/state/osmofs/daemon.log`, 'utf8');
  const connected = () =>
    log()
      .split(`agent ${vm.name} `)
      .filter((rest) => /^\S+ is connected$/m.test(rest)).length;

  before(async function () {
    vm = await (await Vm.orSkip(this)).other('other');
    await vm.mount(vm.directory('versions'), '/versions');
    // Each is the guest's own agent, which says another version of itself.
    const variant = (name: string, ...edits: string[]) =>
      `sed '${edits.join(';')}' agent.js > ${name}.js; ! cmp -s agent.js ${name}.js`;
    const major = (to: number) => `s/PROTOCOL_MAJOR=${PROTOCOL_MAJOR}\\b/PROTOCOL_MAJOR=${to}/`;
    const minor = `s/PROTOCOL_MINOR=${PROTOCOL_MINOR}\\b/PROTOCOL_MINOR=${PROTOCOL_MINOR + 7}/`;
    const script = [
      'cd /opt/osmofs/dist/guest',
      // There never was a 0: it has to be told that this is a version.
      variant('older', major(PROTOCOL_MAJOR - 1), 's/protocolMajor:id/protocolMajor:counter/'),
      variant('newer', major(PROTOCOL_MAJOR + 1)),
      variant('minor', minor),
      'rm ../../agent.mjs',
      'cat > ../../agent.mjs',
      'echo -n older newer minor > /run/agents',
    ];
    await vm.run(['sh', '-ec', script.join('\n')], { input: Buffer.from(CHOOSE) });
  });
  after(async () => {
    await vm?.succeed(['umount', '/versions']);
  });

  it('are refused where the major one is another, and say so; a newer minor one works, with its mounts', async () => {
    const before = connected();
    // The agent ends with the program that it runs: no answer is expected.
    await vm.exec(['sh', '-c', 'kill -9 $(cat /run/osmofs-agent.pid)']);
    await eventually('an agent that is let in', () => connected() > before);
    await eventually('its mount', async () => (await vm.run(['cat', '/proc/mounts'])).includes('/versions'));
    const sentence = (version: number, how: string) =>
      `protocol version ${version} is ${how} than ${PROTOCOL_MAJOR}, which is needed; ` +
      'install the same osmofs on both sides (a VM gets it with its next start)';
    const console = (await vm.succeed(['vm', 'logs', '-n', '40', vm.name])).stdout;
    for (const said of [sentence(PROTOCOL_MAJOR - 1, 'older'), sentence(PROTOCOL_MAJOR + 1, 'newer')]) {
      assert.ok(log().includes(`an agent of ${vm.name} was refused: ${said}`), log());
      assert.ok(console.includes(`osmofs-agent: the daemon at vsock:2:28531 refuses this agent: ${said}`), console);
    }
    assert.equal(await vm.run(['cat', '/run/agents']), '', 'the one that is there is the last of the list');
    await vm.run(['sh', '-c', 'echo through it > /versions/file']);
    assert.equal(readFileSync(`${vm.base}/versions/file`, 'utf8'), 'through it\n');
  });
});
