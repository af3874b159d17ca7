/**
 * The socket convention of HyperKit, as a program meets it that knows nothing but HyperKit's own sources, all of them public
 * on GitHub: src/lib/pci_virtio_sock.c of moby/hyperkit (the device), go/hyperkit.go there (its arguments), and
 * pkg/vsock/hyperkit_darwin.go of linuxkit/virtsock (what host programs of Docker for Mac and LinuxKit do). Every name and
 * every number below is written out from there; nothing is taken from vm/vsock but the device that is driven.
 *
 *   argument          -s SLOT,virtio-sock,guest_cid=NUMBER,path=DIRECTORY
 *   host to guest     connect to DIRECTORY/connect, write "%08x.%08x\n" with the guest's CID and the port, and speak
 *   guest to host     listen on DIRECTORY/"%08x.%08x" with the host's CID, 2, and the port
 */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { hyperkit } from '../../../vm/hypervisors/hyperkit.js';
import { type HyperkitMachine, vsockPort } from '../../../vm/machine.js';
import { until } from '../../support/until.js';
import type { FakeGuest, Packet } from './guest.js';
import { World } from './world.js';

/** VIRTIO_VSOCK_OP_… and the bits of its SHUTDOWN, as in both <linux/virtio_vsock.h> and pci_virtio_sock.c. */
const REQUEST = 1;
const RESPONSE = 2;
const RST = 3;
const SHUTDOWN = 4;
const RW = 5;
const SHUTDOWN_RX = 1;
const SHUTDOWN_TX = 2;

describe("HyperKit's socket convention", () => {
  let world: World;
  /** what HyperKit was told: `path` */
  let directory: string;

  beforeEach(async () => {
    world = new World();
    const machine: HyperkitMachine = {
      hypervisor: 'hyperkit',
      program: 'hyperkit',
      cpus: 1,
      memoryMiB: 512,
      kernel: '/kernel',
      initrd: '/initrd',
      commandLine: 'console=ttyS0',
      sockets: world.directory,
      dataDisk: null,
      cid: 3,
    };
    const option = hyperkit.toArgv(machine).find((word) => word.includes('virtio-sock'));
    const [, cid, path] = /^[0-9]+(?::[0-9])?,virtio-sock,guest_cid=([0-9]+),path=([^,]+)$/.exec(option!)!;
    directory = path!;
    mkdirSync(directory);
    // What a crash left: HyperKit removes it before it binds.
    writeFileSync(join(directory, 'connect'), '');
    await world.serve({ cid: Number(cid), directory });
  });
  afterEach(() => world.close());

  it('is looked for where the daemon listens: the path in the argument is the directory of its sockets', () => {
    const listener = join(world.directory, vsockPort(0x1234));
    assert.equal(dirname(listener), directory);
    assert.equal(listener, `${directory}/00000002.00001234`);
  });

  describe('host to guest', () => {
    it('is a connection after one line, which nobody answers; what follows it is the guest’s', async () => {
      const guest = world.guest();
      const program = new Program(world.connect(`${directory}/connect`));
      program.socket.write('00000003.00000948\nfirst');
      const { header } = await guest.expect(REQUEST);
      assert.deepEqual([header.srcCid, header.dstCid, header.dstPort], [2, 3, 0x948]);
      const to = { srcPort: 0x948, dstPort: header.srcPort };
      await guest.send({ ...to, op: RESPONSE });
      assert.equal((await guest.expect(RW)).payload.toString(), 'first');
      await guest.send({ ...to, op: RW }, Buffer.from('from the guest'));
      await program.has('from the guest');
      program.socket.write('second');
      assert.equal((await guest.expect(RW)).payload.toString(), 'second');
    });

    it('gives each dialler a connection of its own to the same port', async () => {
      const guest = world.guest();
      const [one, two] = [await dial(guest), await dial(guest)];
      assert.notEqual(one.to.dstPort, two.to.dstPort);
      await guest.send({ ...two.to, op: RW }, Buffer.from('two'));
      await guest.send({ ...one.to, op: RW }, Buffer.from('one'));
      await one.program.has('one');
      await two.program.has('two');
    });

    it('hangs up without a byte where nobody listens in the guest', async () => {
      const guest = world.guest();
      const program = new Program(world.connect(`${directory}/connect`));
      program.socket.write('00000003.00000948\n');
      const { header } = await guest.expect(REQUEST);
      await guest.send({ srcPort: 0x948, dstPort: header.srcPort, op: RST });
      await program.closed();
      assert.equal(program.got, '');
    });

    for (const [what, line] of [
      ['the CID of another guest', '00000004.00000948\n'],
      ['the CID of the host', '00000002.00000948\n'],
      ['another word of as many bytes', '3.00000000000948x\n'],
      ['a line without its end', '00000003.00000948 '],
    ] as const) {
      it(`hangs up without a byte on ${what}, and the guest hears nothing of it`, async () => {
        const guest = world.guest();
        const program = new Program(world.connect(`${directory}/connect`));
        program.socket.write(line);
        await program.closed();
        assert.equal(program.got, '');
        assert.equal(guest.take(), 0);
      });
    }

    it('hangs up without a byte while no guest runs', async () => {
      const program = new Program(world.connect(`${directory}/connect`));
      program.socket.write('00000003.00000948\n');
      await program.closed();
      assert.equal(program.got, '');
    });

    it('keeps the other half open when the program closes its own, until the guest closes too', async () => {
      const guest = world.guest();
      const { program, to } = await dial(guest);
      program.socket.end('last words');
      assert.equal((await guest.expect(RW)).payload.toString(), 'last words');
      assert.equal((await guest.expect(SHUTDOWN)).header.flags, SHUTDOWN_TX);
      await guest.send({ ...to, op: RW }, Buffer.from('still here'));
      await program.has('still here');
      await guest.send({ ...to, op: SHUTDOWN, flags: SHUTDOWN_RX | SHUTDOWN_TX });
      await guest.expect(RST);
      await program.closed();
    });

    it('keeps the other half open when the guest closes its own', async () => {
      const guest = world.guest();
      const { program, to } = await dial(guest);
      await guest.send({ ...to, op: SHUTDOWN, flags: SHUTDOWN_TX });
      await program.ended();
      program.socket.end('answer');
      assert.equal((await guest.expect(RW)).payload.toString(), 'answer');
      const { header } = await guest.expect(SHUTDOWN);
      assert.equal(header.flags & SHUTDOWN_TX, SHUTDOWN_TX);
    });
  });

  describe('guest to host', () => {
    it('is a connection to the socket of the port, with nothing before the guest’s bytes', async () => {
      const guest = world.guest();
      const accepted = await world.listenAt(`${directory}/00000002.00001234`);
      const { header } = await connect(guest, 0x1234);
      assert.deepEqual([header.op, header.srcCid, header.srcPort], [RESPONSE, 2, 0x1234]);
      const program = new Program(await accepted.next());
      await guest.send({ srcPort: 7, dstPort: 0x1234, op: RW }, Buffer.from('hello'));
      await program.has('hello');
      program.socket.write('and back');
      assert.equal((await guest.expect(RW)).payload.toString(), 'and back');
    });

    it('is found by eight digits each: the highest port, and one of a single digit', async () => {
      const guest = world.guest();
      for (const [port, name] of [
        [0xfffffffe, '00000002.fffffffe'],
        [5, '00000002.00000005'],
      ] as const) {
        await world.listenAt(`${directory}/${name}`);
        assert.equal((await connect(guest, port)).header.op, RESPONSE);
      }
    });

    it('is refused with RST where nothing is, where no listener is, and only there', async () => {
      const guest = world.guest();
      assert.equal((await connect(guest, 99)).header.op, RST);
      writeFileSync(`${directory}/00000002.00000063`, '');
      assert.equal((await connect(guest, 99)).header.op, RST);
      const accepted = await world.listenAt(`${directory}/00000002.00001234`);
      assert.equal((await connect(guest, 0x1234)).header.op, RESPONSE);
      await accepted.next();
    });

    it('passes on half a close from either side, after all bytes before it', async () => {
      const guest = world.guest();
      const accepted = await world.listenAt(`${directory}/00000002.00001234`);
      await connect(guest, 0x1234);
      const program = new Program(await accepted.next());
      await guest.send({ srcPort: 7, dstPort: 0x1234, op: RW }, Buffer.from('question'));
      await guest.send({ srcPort: 7, dstPort: 0x1234, op: SHUTDOWN, flags: SHUTDOWN_TX });
      await program.ended();
      assert.equal(program.got, 'question');
      program.socket.end('last words');
      assert.equal((await guest.expect(RW)).payload.toString(), 'last words');
      const shutdown = await guest.expect(SHUTDOWN);
      assert.equal(shutdown.header.flags & SHUTDOWN_TX, SHUTDOWN_TX);
      await guest.send({ srcPort: 7, dstPort: 0x1234, op: RST });
      await until(() => world.device.stats().connections === 0, 'the end');
    });
  });

  /** A program at `connect` that has come through to port 0x948 of the guest. */
  async function dial(guest: FakeGuest): Promise<{ program: Program; to: { srcPort: number; dstPort: number } }> {
    const program = new Program(world.connect(`${directory}/connect`));
    program.socket.write('00000003.00000948\n');
    const { header } = await guest.expect(REQUEST);
    const to = { srcPort: 0x948, dstPort: header.srcPort };
    await guest.send({ ...to, op: RESPONSE });
    return { program, to };
  }

  /** Port 7 of the guest asks for one of the host's. */
  function connect(guest: FakeGuest, port: number): Promise<Packet> {
    return guest.connect(7, port);
  }
});

/** A host program's end: what it has got, and whether that was all. */
class Program {
  got = '';
  #ended = false;
  #closed = false;
  constructor(readonly socket: Socket) {
    socket.setEncoding('latin1').on('data', (text: string) => {
      this.got += text;
    });
    socket.once('end', () => {
      this.#ended = true;
    });
    socket.once('close', () => {
      this.#closed = true;
    });
  }

  has(text: string): Promise<void> {
    return until(() => this.got === text, `'${text}', not '${this.got}'`);
  }

  /** The other side writes no more. */
  ended(): Promise<void> {
    return until(() => this.#ended, 'the end of what comes');
  }

  /** … and reads no more either: what is written comes back as an error. */
  async closed(): Promise<void> {
    await until(() => this.#ended || this.#closed, 'the end');
    if (!this.#closed) this.socket.write('anybody there?');
    await until(() => this.#closed, 'an error of write(2)');
  }
}
