/** Offering shared memory and taking it: what is refused, and that nothing is left of what was refused. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { closeSync, ftruncateSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { os } from '../../native/index.js';
import { descriptors, mappings, resident } from './support/counts.js';
import {
  limitDescriptors,
  memory,
  pipe,
  receiveDescriptors,
  sealSize,
  sendDescriptors,
} from './support/descriptors.js';
import { directory, fails, OUT, socketPair, succeeds } from './support/fixture.js';
import { type Lane, lane, readAll } from './support/lanes.js';
import { RING, sharedPair } from './support/shared.js';

const MEMORY = 'osmofs-lane';
/** words and two rings */
const SIZE = 64 * 1024 + 2 * RING;

describe('native: offers of shared memory', () => {
  const place = directory();
  let open: { descriptors: number; mappings: number };

  // The event loop opens a descriptor of its own for the first stream that a process has, and keeps it.
  before(async () => {
    const first = createServer().listen(0, '127.0.0.1');
    await once(first, 'listening');
    first.close();
    await once(first, 'close');
  });
  beforeEach(() => {
    open = { descriptors: descriptors(), mappings: mappings(MEMORY) };
  });
  afterEach(() => {
    assert.deepEqual({ descriptors: descriptors(), mappings: mappings(MEMORY) }, open, 'something was left');
  });

  /** A lane, and its peer as a plain descriptor. */
  function pair(use: (mine: Lane, peer: number) => void): void {
    const [one, peer] = socketPair();
    const mine = lane(one);
    try {
      use(mine, peer);
    } finally {
      mine.close();
      closeSync(peer);
    }
  }

  it('leaves nothing behind when both ends are closed', () => {
    for (let count = 0; count < 20; count++) {
      const { host, guest } = sharedPair(1 << 20);
      host.send(Buffer.from('x'));
      assert.equal(guest.receive().toString(), 'x');
      host.close();
      guest.close();
    }
  });

  it('the memory is mapped, not held open: the lane has two descriptors more', () => {
    const [one, two] = socketPair();
    const [host, guest] = [lane(one), lane(two)];
    const before = descriptors();
    succeeds(os.laneShareOffer(host.id, RING));
    succeeds(os.laneShareAccept(guest.id));
    assert.equal(descriptors(), before + 4);
    host.close();
    guest.close();
  });

  it('rings that are read as fast as they are written stay small', () => {
    const { host, guest } = sharedPair(4 << 20);
    const before = resident(MEMORY);
    for (let count = 0; count < 50_000; count++) {
      assert.equal(os.laneSend(guest.id, OUT, 200), 0);
      assert.equal(os.laneExchange(host.id, OUT, 100, OUT + 4096, 4096, 0), 200);
      assert.equal(os.laneExchange(guest.id, 0, 0, OUT + 4096, 4096, 0), 100);
    }
    // Two directions, one page each, mapped by both ends.
    assert.ok(resident(MEMORY) - before <= 64 * 1024, `${resident(MEMORY) - before} bytes for 15 MB of messages`);
    host.close();
    guest.close();
  });

  it('is refused by a lane that has it already', () => {
    const { host, guest } = sharedPair();
    fails(os.laneShareOffer(host.id, RING), 'EINVAL');
    fails(os.laneShareAccept(host.id), 'EINVAL');
    fails(os.laneShareOffer(guest.id, RING), 'EINVAL');
    host.close();
    guest.close();
  });

  it('is refused for rings of other sizes, and the lane goes on', () => {
    pair((mine, peer) => {
      for (const size of [0, 1, 32_768, 65_537, 100_000, 1 << 27, 1 << 30, -65_536]) {
        fails(os.laneShareOffer(mine.id, size), 'EINVAL');
      }
      mine.send(Buffer.from('still here'));
      assert.equal(readAll(peer, 10).toString(), 'still here');
    });
  });

  it('is refused by a socket that cannot carry descriptors, and the lane goes on', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = connect((server.address() as { port: number }).port, '127.0.0.1');
    const [theirs] = (await once(server, 'connection')) as [Socket];
    const handle = (client as unknown as { _handle: { fd: number } })._handle.fd;
    const mine = lane(succeeds(os.duplicate(handle)));
    fails(os.laneShareOffer(mine.id, RING), 'EOPNOTSUPP');
    mine.send(Buffer.from('still here'));
    const [text] = await once(theirs, 'data');
    assert.equal(String(text), 'still here');
    mine.close();
    client.destroy();
    theirs.destroy();
    server.close();
    await Promise.all([once(server, 'close'), once(client, 'close')]);
  });

  it('is refused without descriptors to be had, and taking it too', () => {
    const [one, two] = socketPair();
    const [host, guest] = [lane(one), lane(two)];
    // The addon needs five for a moment, of which three travel.
    const next = openSync('/dev/null', 'r');
    closeSync(next);
    for (let free = 0; free < 5; free++) {
      const before = limitDescriptors(next + free);
      const result = os.laneShareOffer(host.id, RING);
      limitDescriptors(before);
      fails(result, 'EMFILE');
    }
    succeeds(os.laneShareOffer(host.id, RING));
    // The three that travelled were closed again; there is room for two of them.
    const before = limitDescriptors(next + 3);
    const result = os.laneShareAccept(guest.id);
    limitDescriptors(before);
    fails(result, 'ENOMSG');
    host.close();
    guest.close();
  });

  it('to somebody who is gone is EPIPE', () => {
    const [one, two] = socketPair();
    const mine = lane(one);
    closeSync(two);
    fails(os.laneShareOffer(mine.id, RING), 'EPIPE');
    mine.close();
  });

  it('that does not come is the end of the stream, or no message', () => {
    pair((mine, peer) => {
      writeSync(peer, 'x');
      fails(os.laneShareAccept(mine.id), 'ENOMSG');
    });
    const [one, two] = socketPair();
    const mine = lane(one);
    closeSync(two);
    fails(os.laneShareAccept(mine.id), 'ECONNRESET');
    fails(os.laneShareAccept(999_999), 'EBADF');
    fails(os.laneShareOffer(999_999, RING), 'EBADF');
    mine.close();
  });

  describe('is not taken', () => {
    /** Sends `first` with a pipe's ends, and closes all of them. */
    function offered(first: number, count = 3): (mine: Lane, peer: number) => number {
      return (mine, peer) => {
        const more = [...pipe(), ...pipe()];
        sendDescriptors(peer, [first, ...more].slice(0, count));
        for (const fd of [first, ...more]) closeSync(fd);
        return os.laneShareAccept(mine.id);
      };
    }
    const sealed = (size: number) => {
      const fd = memory(size);
      sealSize(fd);
      return fd;
    };
    const cases: [string, () => (mine: Lane, peer: number) => number, 'EPROTO' | 'ENOMSG'][] = [
      ['memory that could shrink', () => offered(memory(SIZE)), 'EPROTO'],
      ['memory of another size', () => offered(sealed(SIZE + 1)), 'EPROTO'],
      ['memory of no size', () => offered(sealed(0)), 'EPROTO'],
      ['memory smaller than its words', () => offered(sealed(4096)), 'EPROTO'],
      ['rings that are no power of two', () => offered(sealed(SIZE + 8192)), 'EPROTO'],
      ['rings that are too large', () => offered(sealed(64 * 1024 + 2 * (1 << 27))), 'EPROTO'],
      ['an ordinary file', () => offered(file()), 'EPROTO'],
      ['a device', () => offered(openSync('/dev/zero', 'r+')), 'EPROTO'],
      ['memory alone', () => offered(sealed(SIZE), 1), 'ENOMSG'],
      ['memory with half of the bells', () => offered(sealed(SIZE), 2), 'ENOMSG'],
    ];
    function file(): number {
      writeFileSync(`${place.path}/file`, Buffer.alloc(SIZE));
      return openSync(`${place.path}/file`, 'r+');
    }
    for (const [what, make, code] of cases) {
      it(what, () => pair((mine, peer) => fails(make()(mine, peer), code)));
    }

    it('more than belongs to it: what is too much is closed', () => {
      pair((mine, peer) => {
        assert.equal(offered(sealed(SIZE), 5)(mine, peer), 0);
      });
    });
  });

  it('carries memory that cannot shrink, grow or be sealed otherwise', () => {
    pair((mine, peer) => {
      succeeds(os.laneShareOffer(mine.id, RING));
      const [fd, ...bells] = receiveDescriptors(peer);
      for (const size of [0, 4096, SIZE - 1, SIZE + 1]) {
        assert.throws(() => ftruncateSync(fd, size), /EPERM/);
      }
      assert.throws(() => sealSize(fd), /errno 1$/);
      for (const each of [fd, ...bells]) closeSync(each);
    });
  });
});
