import assert from 'node:assert/strict';
import { formatAddress } from '../../../guest/address.js';
import { parseArguments, UsageError } from '../../../guest/arguments.js';
import { AGENT_PORT } from '../../../protocol/version.js';

const connect = ['--connect', 'unix:/run/osmofs/agent.sock'];
const guest = ['--guest', 'local'];

describe('guest/arguments', () => {
  it('takes a token descriptor', () => {
    const { address, guest: name, token } = parseArguments([...connect, '--token-fd', '3', ...guest]);
    assert.deepEqual(
      { at: formatAddress(address), name, token },
      { at: 'unix:/run/osmofs/agent.sock', name: 'local', token: 3 },
    );
  });

  it('takes a vsock address', () => {
    const { address } = parseArguments(['--connect', 'vsock:2:28531', ...guest, '--token-file', '/token']);
    assert.deepEqual(address, { kind: 'vsock', cid: 2, port: AGENT_PORT });
    assert.equal(formatAddress(address), 'vsock:2:28531');
  });

  for (const wrong of ['vsock:2', 'vsock:2:', 'vsock:2:0x6f73', 'vsock:-1:5', 'vsock:2:4294967295', 'vsock:2:3:4']) {
    it(`takes ${wrong} for no address`, () => {
      assert.throws(() => parseArguments(['--connect', wrong, ...guest, '--token-file', '/t']), /vsock:CID:PORT/);
    });
  }

  it('takes a token file', () => {
    assert.equal(parseArguments([...connect, '--token-file', '/token', ...guest]).token, '/token');
  });

  const wrong: readonly (readonly [name: string, argv: string[], says: RegExp])[] = [
    ['no address', ['--token-fd', '3', ...guest], /--connect is missing/],
    ['no guest', [...connect, '--token-fd', '3'], /--guest is missing/],
    ['an empty guest', [...connect, '--token-fd', '3', '--guest', ''], /--guest is missing/],
    ['no token', [...connect, ...guest], /--token-fd or --token-file is missing/],
    ['two tokens', [...connect, ...guest, '--token-fd', '3', '--token-file', '/t'], /exclude each other/],
    ['a descriptor that is no number', [...connect, ...guest, '--token-fd', '3x'], /3x is not a descriptor/],
    ['an address without transport', ['--connect', '/run/a', ...guest, '--token-fd', '3'], /is not an address/],
    ['a relative socket', ['--connect', 'unix:a', ...guest, '--token-fd', '3'], /is not an address/],
    ['an option nobody knows', [...connect, ...guest, '--token-fd', '3', '--token', 'secret'], /--token/],
    ['a word too many', [...connect, ...guest, '--token-fd', '3', 'word'], /word/],
  ];
  for (const [name, argv, says] of wrong) {
    it(`refuses ${name} with one line`, () => {
      assert.throws(
        () => parseArguments(argv),
        (error) => {
          assert.ok(error instanceof UsageError);
          assert.match(error.message, says);
          assert.ok(!error.message.includes('\n'));
          return true;
        },
      );
    });
  }
});

describe('guest/arguments: what the daemon may do with the guest', () => {
  const token = ['--token-file', '/t'];
  const said = (argv: string[]) => {
    const { vm, powerOff } = parseArguments([...argv, ...guest, ...token]);
    return { vm, powerOff };
  };

  it('is nothing on this machine', () => assert.deepEqual(said(connect), { vm: false, powerOff: undefined }));

  it('is everything in a virtual machine', () => {
    assert.deepEqual(said(['--connect', 'vsock:2:28531']), { vm: true, powerOff: 'poweroff' });
  });

  it('is what it is told', () => {
    assert.deepEqual(said([...connect, '--vm']), { vm: true, powerOff: undefined });
    assert.deepEqual(said(['--connect', 'vsock:2:1', '--power-off', '/sbin/halt']), {
      vm: true,
      powerOff: '/sbin/halt',
    });
  });
});
