/** A served mount whose lanes travel through shared memory, and the guest's side of it on a thread (shared-worker.ts). */
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { ServedMount } from '../../../host/served-mount.js';
import { detachDescriptor } from '../../../host/socket-handle.js';
import { os } from '../../../native/index.js';
import { fuse_init_in } from '../../../protocol/fuse/structs.js';
import { temporaryDirectory } from '../../support/bare-directory.js';
import { inTime } from './eventually.js';
import { encode, pack } from './message.js';
import { connectedPair } from './pair.js';
import type { Corruption, Exchange, Exchanged, SharedWorkerData } from './shared-worker.js';

const alive = new Set<SharedGuest>();
// What a failed test leaves open would keep the process from ending.
if (typeof after === 'function') after(() => Promise.all([...alive].map((guest) => guest.close())));

export class SharedGuest {
  readonly #temporary = temporaryDirectory();
  readonly root = `${this.#temporary.dir}/root`;
  readonly served: ServedMount;
  readonly ended: Promise<string>;
  readonly #waker = os.wakerCreate();
  #worker!: Worker;
  #unique = 0n;

  private constructor() {
    mkdirSync(this.root);
    const ownership = { kind: 'host' } as const;
    const options = { id: 1, name: 'shared', mode: 'consistent', readOnly: false, descriptorBudget: 64 } as const;
    this.served = new ServedMount({ ...options, told: false, behind: false, root: this.root, ownership });
    this.ended = new Promise((resolve) => this.served.once('ended', resolve));
    alive.add(this);
  }

  static async open(): Promise<SharedGuest> {
    const guest = new SharedGuest();
    await guest.served.open();
    const sockets = { meta: await guest.#offer('meta'), data: await guest.#offer('data') };
    const workerData: SharedWorkerData = { sockets, waker: guest.#waker };
    guest.#worker = new Worker(new URL('./shared-worker.js', import.meta.url), { workerData });
    const init = pack(fuse_init_in, { major: 7, minor: 45, flags: 0xffff_ffff, flags2: 0x7fff_ffff });
    await guest.exchange({ lane: 'meta', bytes: encode('INIT', 1n, {}, [init]), replies: 1 });
    return guest;
  }

  async #offer(kind: 'meta' | 'data'): Promise<number> {
    const { socket, fd } = await connectedPair(`${this.#temporary.dir}/${kind}.sock`);
    const own = detachDescriptor(socket.pause(), (descriptor) => os.duplicate(descriptor));
    this.served.attachLane(kind, fd, true);
    return own;
  }

  nextUnique(): bigint {
    this.#unique += 2n;
    return this.#unique;
  }

  exchange(order: Exchange): Promise<Exchanged> {
    return this.#ask(order);
  }

  async corrupt(order: Corruption): Promise<void> {
    await this.#ask(order);
  }

  async #ask(order: Exchange | Corruption): Promise<Exchanged> {
    const answer = once(this.#worker, 'message');
    this.#worker.postMessage(order);
    try {
      const [result] = (await inTime('an exchange through shared memory', answer)) as [
        Exchanged & { failure?: string },
      ];
      if (result.failure !== undefined) throw new Error(result.failure);
      // Between threads a Buffer becomes an ordinary array of bytes.
      const replies = result.replies.map(({ body, ...rest }) => ({
        ...rest,
        body: Buffer.from(body.buffer, body.byteOffset, body.length),
      }));
      return { ...result, replies };
    } catch (error) {
      os.wakerSignal(this.#waker);
      throw error;
    }
  }

  /** The reason of the end. */
  async close(): Promise<string> {
    alive.delete(this);
    const exited = once(this.#worker, 'exit');
    this.#worker.postMessage('close');
    await inTime('the end of the guest', exited);
    const reason = await inTime('the end of the mount', this.ended);
    os.close(this.#waker);
    this.#temporary.remove();
    return reason;
  }
}
