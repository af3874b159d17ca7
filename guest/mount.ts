/** One mount, from the moment it is attached to its end, whoever ends it. */
import { os } from '../native/index.js';
import type { MountStats } from '../protocol/control.js';
import { Errno, errnoText } from '../protocol/errno.js';
import { type Attachment, abortConnection, detach } from './attach.js';
import { Counter } from './counters.js';
import { MountFailure } from './failure.js';
import type { Ended, Service } from './service.js';
import { checkAnswers, setReadAhead } from './target.js';
import { within } from './within.js';

/** How long the daemon may take to answer INIT and the first call, ms. */
const FIRST_ANSWER = 10_000;
/**
 * How long after an unmount the kernel may take to tell the worker, before it counts as used by somebody, ms: hardly ever
 * after an ordinary one, often after a lazy one.
 */
const FAREWELL = { orderly: 1_000, lazy: 100 };
/** How long an unmount may take to write back what is dirty when the agent is asked to stop, ms. */
const LAST_WRITES = 5_000;

export class Mount {
  readonly id: number;
  /** Settles when nothing of the mount is left, with the reason; never rejects. */
  readonly ended: Promise<string>;
  /** Once it has ended: a clause, if something that was acknowledged did not get to the host; else ''. */
  lost = '';
  readonly #attachment: Attachment;
  readonly #service: Service;
  readonly #fuseFd: number;
  /** Why it ends, if it is us who end it. */
  #reason: string | undefined;

  /** Takes over what it is given. @param warning something people should know about it, or '' */
  constructor(
    id: number,
    attachment: Attachment,
    service: Service,
    fuseFd: number,
    readonly warning: string,
  ) {
    this.id = id;
    this.#attachment = attachment;
    this.#service = service;
    this.#fuseFd = fuseFd;
    this.ended = service.ended.then((outcome) => this.#finish(outcome));
  }

  /** Real path of the mount point, for people. */
  get target(): string {
    return Buffer.from(this.#attachment.target).toString();
  }

  /** The same, bytes. */
  get point(): Uint8Array {
    return this.#attachment.target;
  }

  /** Whenever mounts come and go in the guest, if it was opened to hear of that. */
  onMountsChanged(listener: () => void): void {
    this.#service.mountsChanged = listener;
  }

  stats(): MountStats {
    const { counters } = this.#service;
    const { made, failed } = this.#service.injections();
    return {
      mountId: this.id,
      requests: counters[Counter.REQUESTS]!,
      replies: counters[Counter.REPLIES]!,
      notifications: counters[Counter.NOTIFICATIONS]!,
      bytesOut: counters[Counter.BYTES_OUT]!,
      bytesIn: counters[Counter.BYTES_IN]!,
      answered: counters[Counter.ANSWERED]!,
      injected: made,
      notInjected: failed,
    };
  }

  /** Waits until it can be used. @throws MountFailure; the mount is to be aborted then */
  async settle(): Promise<void> {
    const ended = this.ended.then((reason) => {
      throw new MountFailure(Errno.EIO, reason);
    });
    const usable = this.#service.initialised.then(() => checkAnswers(this.#attachment.target));
    // A call that failed for want of a connection does not know why there is none.
    const answered = usable.catch(async (error: MountFailure) => {
      if (error.errno !== Errno.ENOTCONN && error.errno !== Errno.ECONNABORTED) throw error;
      return await ended;
    });
    await within(Promise.race([answered, ended]), FIRST_ANSWER, () => {
      throw new MountFailure(Errno.ETIMEDOUT, 'the daemon does not answer the first request');
    });
    await setReadAhead(this.#attachment.entry.device);
    os.releaseStartMemory();
  }

  /**
   * Takes it out of the tree. A lazy unmount leaves it to those who use it; so does a bind mount of it elsewhere.
   *
   * @returns true if nothing of it is left; otherwise `ended` tells when that is so
   * @throws MountFailure EBUSY if it is in use and `lazy` is false
   */
  async unmount(lazy: boolean): Promise<boolean> {
    const manner = lazy ? 'lazy' : 'orderly';
    await detach(this.#attachment, manner);
    this.#reason ??= 'it was unmounted as asked';
    return await within(
      this.ended.then(() => true),
      FAREWELL[manner],
      () => false,
    );
  }

  /** Has what was acknowledged and is kept written to the host. Result: 0, or the errno of what could not be. */
  drain(): Promise<number> {
    return this.#service.drain();
  }

  /** Ends it at once: out of the tree, and every call that waits for an answer fails. */
  async abort(reason: string): Promise<void> {
    this.#reason ??= reason;
    await this.#service.stop();
    await this.ended;
  }

  /** Ends it in good order if nobody uses it and the daemon still takes what is dirty, otherwise at once. */
  async close(reason: string): Promise<void> {
    const leaving = this.unmount(false).catch(() => false);
    if (!(await within(leaving, LAST_WRITES, () => false))) await this.abort(reason);
    await leaving;
  }

  /** The worker has ended: whatever is left goes, so that nobody waits for an answer that cannot come. */
  async #finish(outcome: Ended): Promise<string> {
    await this.#service.stop();
    // After an unmount the number of the connection may already be somebody else's.
    if (!outcome.byKernel) await abortConnection(this.#attachment.entry.device);
    const failure = await detach(this.#attachment, 'abort').catch((error: Error) => error);
    this.#service.close();
    os.close(this.#fuseFd);
    if (outcome.lost !== 0) this.lost = notKept(outcome.lost);
    const reason = this.#reason ?? outcome.reason;
    return failure === undefined ? reason : `${reason}; it is still mounted: ${failure.message}`;
  }
}

/** @param errno positive */
export function notKept(errno: number): string {
  return `not everything that was written could be kept: ${errnoText(errno)}`;
}
