/** Making, connecting and passing descriptors of sockets. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { createServer } from 'node:net';
import { os } from '../../native/index.js';
import { MNT_DETACH } from '../../protocol/linux.js';
import { directory, fails, socketPair, succeeds, text } from './support/fixture.js';
import { readAll } from './support/lanes.js';
import { cannotMount } from './support/tiny-fuse.js';

describe('native: sockets', () => {
  const place = directory();

  it('a pair is connected both ways', () => {
    const [one, two] = socketPair();
    writeSync(one, 'a');
    writeSync(two, 'b');
    assert.equal(readAll(two, 1).toString() + readAll(one, 1).toString(), 'ab');
    closeSync(one);
    closeSync(two);
  });

  it('connects to a unix socket', async () => {
    const path = `${place.path}/server.sock`;
    const server = createServer((socket) => socket.end('hello')).listen(path);
    await once(server, 'listening');
    const fd = succeeds(os.connectUnix(text(path)));
    await once(server, 'connection');
    await new Promise(setImmediate);
    assert.equal(readAll(fd, 5).toString(), 'hello');
    closeSync(fd);
    server.close();
    await once(server, 'close');
  });

  it('says why it cannot connect', () => {
    writeFileSync(`${place.path}/file`, '');
    fails(os.connectUnix(text(`${place.path}/none`)), 'ENOENT');
    fails(os.connectUnix(text(`${place.path}/file`)), 'ECONNREFUSED');
    fails(os.connectUnix(text(`/${'x'.repeat(200)}`)), 'ENAMETOOLONG');
  });

  it('a message without a descriptor is ENOMSG, the end of the stream ECONNRESET', () => {
    const [one, two] = socketPair();
    writeSync(two, 'x');
    fails(os.receiveDescriptor(one), 'ENOMSG');
    closeSync(two);
    fails(os.receiveDescriptor(one), 'ECONNRESET');
    closeSync(one);
    fails(os.receiveDescriptor(one), 'EBADF');
  });

  it('receives /dev/fuse from fusermount3', async function () {
    const reason = cannotMount() ?? (existsSync('/usr/bin/fusermount3') ? null : 'there is no fusermount3');
    if (reason !== null) {
      console.log(`      not here: ${reason}`);
      return this.skip();
    }
    const target = `${place.path}/mounted`;
    mkdirSync(target);
    const [mine, theirs] = socketPair();
    const child = spawn('fusermount3', ['-o', 'fsname=osmofs-test', '--', target], {
      stdio: ['ignore', 'inherit', 'inherit', theirs],
      env: { ...process.env, _FUSE_COMMFD: '3' },
    });
    const [code] = await once(child, 'exit');
    try {
      assert.equal(code, 0);
      const fd = succeeds(os.receiveDescriptor(mine));
      assert.match(readFileSync('/proc/self/mountinfo', 'utf8'), new RegExp(` ${target} .* osmofs-test `));
      assert.match(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'), /^flags:\s+0?2\d{6}$/m);
      os.close(fd);
    } finally {
      os.unmount(text(target), MNT_DETACH);
      closeSync(mine);
      closeSync(theirs);
    }
  });
});
