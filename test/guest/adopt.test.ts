/** Streams that Node itself would refuse, as net.Sockets. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { closeSync, fstatSync, readSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { adopt } from '../../guest/adopt.js';
import { descriptorPair } from '../../guest/descriptor-pair.js';
import { os } from '../../native/index.js';
import { until } from '../support/until.js';

function pair(make: (at: number) => number): readonly [number, number] {
  const made = descriptorPair(make);
  assert.ok(typeof made !== 'number', `-errno ${made}`);
  return made;
}

const terminal = () => pair((at) => os.openTerminal(24, 80, at));

describe('guest/adopt', () => {
  it('is needed: Node refuses the master of a terminal', () => {
    const [master, slave] = terminal();
    assert.throws(() => new Socket({ fd: master }), { code: 'ERR_INVALID_FD_TYPE' });
    closeSync(master);
    closeSync(slave);
  });

  it('reads and writes it all the same', async () => {
    const [master, slave] = terminal();
    const socket = adopt(master);
    writeSync(slave, 'hello');
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    assert.equal(chunk.toString(), 'hello');
    socket.write('typed\n');
    const line = Buffer.alloc(64);
    // The echo proves that it has arrived.
    await once(socket, 'data');
    assert.equal(line.toString('utf8', 0, readSync(slave, line)), 'typed\n');
    closeSync(slave);
    socket.destroy();
    await once(socket, 'close');
  });

  it('closes the descriptor with the socket, and the one it was given at once', async () => {
    const [one, other] = pair((at) => os.socketPair(at));
    const socket = adopt(one);
    assert.throws(() => fstatSync(one), { code: 'EBADF' });
    socket.destroy();
    await once(socket, 'close');
    // The end of the stream: nobody holds the other side any more.
    assert.equal(readSync(other, Buffer.alloc(1)), 0);
    closeSync(other);
  });

  it('carries bulk both ways at the pace of the reader', async () => {
    const [one, other] = pair((at) => os.socketPair(at));
    const [near, far] = [adopt(one), adopt(other)];
    const sent = Buffer.alloc(8 << 20, 'osmofs ');
    far.pause();
    assert.equal(near.write(sent), false, 'it does not claim to have sent what nobody reads');
    far.resume();
    let received = 0;
    far.on('data', (chunk: Buffer) => {
      assert.ok(chunk.equals(sent.subarray(received, received + chunk.length)));
      received += chunk.length;
    });
    await until(() => received === sent.length, 'all of it arrives');
    far.end('the end');
    let end = '';
    for await (const chunk of near) end += chunk;
    assert.equal(end, 'the end');
    near.destroy();
    far.destroy();
  });

  it('fills the buffers of the one who reads, as `connect` would', async () => {
    const [one, other] = pair((at) => os.socketPair(at));
    const room = Buffer.alloc(3);
    const parts: string[] = [];
    const socket = adopt(one, {
      onread: { buffer: () => room, callback: (length) => parts.push(room.toString('utf8', 0, length)) > 0 },
    });
    writeSync(other, 'abcde');
    await until(() => parts.join('') === 'abcde', 'all of it arrives');
    assert.equal(parts[0], 'abc');
    closeSync(other);
    socket.destroy();
  });

  it('says what is wrong with a descriptor', () => {
    assert.throws(() => adopt(-1), { code: 'EBADF' });
  });
});
