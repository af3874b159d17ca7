/**
 * A guest without a kernel: it serves a directory with a real ServedMount and speaks FUSE to its two lanes from the test.
 * What a kernel would never send can be sent too.
 */
import { mkdirSync } from 'node:fs';
import { ServedMount, type ServedMountOptions } from '../../../host/served-mount.js';
import { Opcode, type OpcodeName } from '../../../protocol/fuse/opcodes.js';
import { fuse_init_in, fuse_init_out } from '../../../protocol/fuse/structs.js';
import { type TemporaryDirectory, temporaryDirectory } from '../../support/bare-directory.js';
import { inTime } from './eventually.js';
import { LaneClient } from './lane-client.js';
import { encode, type Header, pack, Refused, type Reply, unpack } from './message.js';
import { connectedPair } from './pair.js';

export interface GuestOptions
  extends Partial<Pick<ServedMountOptions, 'mode' | 'ownership' | 'readOnly' | 'told' | 'behind'>> {
  /** directory to serve; a fresh one if absent */
  root?: string;
  descriptorBudget?: number;
  /** false: INIT is the test's business */
  init?: boolean;
}

// As the daemon's: the guest's kernel has applied the umask of the caller.
process.umask(0);

let lastId = 0;
const alive = new Set<Guest>();
// What a failed test leaves open would keep the process from ending.
if (typeof after === 'function') after(() => Promise.all([...alive].map((guest) => guest.close())));

export class Guest {
  /** the share root on the host */
  readonly root: string;
  /** lines the mount wanted in the daemon's log */
  readonly log: string[] = [];
  /** why the mount ended */
  readonly ended: Promise<string>;
  readonly served: ServedMount;
  meta!: LaneClient;
  data!: LaneClient;
  readonly #temporary: TemporaryDirectory;
  #unique = 0n;

  private constructor(options: GuestOptions) {
    this.#temporary = temporaryDirectory();
    this.root = options.root ?? `${this.#temporary.dir}/root`;
    if (options.root === undefined) mkdirSync(this.root);
    this.served = new ServedMount({
      told: options.told ?? false,
      behind: options.behind ?? false,
      id: ++lastId,
      name: 'test',
      root: this.root,
      mode: options.mode ?? 'consistent',
      ownership: options.ownership ?? { kind: 'host' },
      readOnly: options.readOnly ?? false,
      descriptorBudget: options.descriptorBudget ?? 256,
    });
    this.served.on('log', (text) => this.log.push(text));
    this.ended = new Promise((resolve) => this.served.once('ended', resolve));
    alive.add(this);
  }

  static async open(options: GuestOptions = {}): Promise<Guest> {
    const guest = new Guest(options);
    try {
      await guest.served.open();
      guest.meta = await guest.#attach('meta');
      guest.data = await guest.#attach('data');
      if (options.init !== false) await guest.init();
    } catch (error) {
      const reason = await guest.close();
      throw new Error(`the mount did not come about, it ended: ${reason}`, { cause: error });
    }
    return guest;
  }

  /** A directory beside the share root, for what must not be reached. */
  get beside(): string {
    return this.#temporary.dir;
  }

  /** A host path below the root. */
  at(name: string): string {
    return `${this.root}/${name}`;
  }

  async #attach(kind: 'meta' | 'data'): Promise<LaneClient> {
    const { socket, fd } = await connectedPair(`${this.#temporary.dir}/${kind}.sock`);
    this.served.attachLane(kind, fd);
    return new LaneClient(socket);
  }

  /** INIT as a kernel of today sends it. */
  async init(members: Partial<Record<keyof typeof fuse_init_in.at, number>> = {}) {
    const usual = { major: 7, minor: 45, max_readahead: 1 << 20, flags: 0xffff_ffff, flags2: 0x7fff_ffff };
    return unpack(fuse_init_out, await this.call('INIT', {}, pack(fuse_init_in, { ...usual, ...members })));
  }

  nextUnique(): bigint {
    // As a kernel's: even numbers, for the odd ones are its interrupts'.
    this.#unique += 2n;
    return this.#unique;
  }

  /** The lane an operation belongs on. */
  laneOf(opcode: OpcodeName | number): LaneClient {
    const number = typeof opcode === 'number' ? opcode : Opcode[opcode];
    return number === Opcode.READ || number === Opcode.WRITE ? this.data : this.meta;
  }

  /** Sends a request; the payload of its reply. @throws Refused, LaneClosed */
  async call(opcode: OpcodeName, header: Header, ...body: Uint8Array[]): Promise<Buffer> {
    const { error, body: payload } = await this.ask(opcode, header, ...body);
    if (error !== 0) throw new Refused(error, opcode);
    return payload;
  }

  /** Sends a request; its reply, whatever it says. */
  ask(opcode: OpcodeName | number, header: Header, ...body: Uint8Array[]): Promise<Reply> {
    return this.start(opcode, header, ...body).reply;
  }

  /** Sends a request; its unique, and its reply to wait for. */
  start(opcode: OpcodeName | number, header: Header, ...body: Uint8Array[]): { unique: bigint; reply: Promise<Reply> } {
    const unique = this.nextUnique();
    const lane = this.laneOf(opcode);
    const reply = lane.reply(unique);
    // Whoever looks at it later must not be preceded by an unhandled rejection.
    reply.catch(() => {});
    lane.send(encode(opcode, unique, header, body));
    return { unique, reply: inTime(`a reply to ${opcode}`, reply) };
  }

  /** Sends a request that has no reply. */
  tell(opcode: OpcodeName, header: Header, ...body: Uint8Array[]): void {
    this.laneOf(opcode).send(encode(opcode, this.nextUnique(), header, body));
  }

  /** What the mount counts, after it has served everything sent so far on the metadata lane. */
  async statistics() {
    await this.ask('GETATTR', { nodeid: 1n }, Buffer.alloc(16));
    return await this.served.statistics();
  }

  /** Ends the mount from the guest's side and waits until nothing is left; the reason. */
  async leave(): Promise<string> {
    await Promise.all([this.meta?.cut(), this.data?.cut()]);
    if (this.meta === undefined || this.data === undefined) await this.served.end('the test never attached it');
    return await inTime('the end of the mount', this.ended);
  }

  /** The reason of the end. */
  async close(): Promise<string> {
    alive.delete(this);
    try {
      return await this.leave();
    } finally {
      this.#temporary.remove();
    }
  }

  /** As after a crash of the daemon's owner: only the sockets' other ends know. */
  async endFromHost(reason: string): Promise<string> {
    await this.served.end(reason);
    return await inTime('the end of the mount', this.ended);
  }
}
