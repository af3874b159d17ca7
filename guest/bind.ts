/** A directory of a superblock that is mounted out of sight, shown where people see it. */
import type { Bind as BindRequest } from '../protocol/control.js';
import { Errno } from '../protocol/errno.js';
import { bindAside } from './aside.js';
import { type Attachment, detach, findAttachment } from './attach.js';
import { MountFailure } from './failure.js';
import type { Mount } from './mount.js';
import type { MountEntry } from './mountinfo.js';
import { checkTarget } from './target.js';
import { within } from './within.js';

/** How long the daemon may take to answer what leads to the directory, ms. */
const PATIENCE = 10_000;

export class Bind {
  readonly id: number;
  /** Settles when it is out of the tree, with the reason; never rejects. */
  readonly ended: Promise<string>;
  readonly #attachment: Attachment;
  #settle!: (reason: string) => void;

  private constructor(
    id: number,
    readonly superblock: Mount,
    attachment: Attachment,
  ) {
    this.id = id;
    this.#attachment = attachment;
    this.ended = new Promise((resolve) => {
      this.#settle = resolve;
    });
    void superblock.ended.then(async (reason) => {
      // Nobody serves it any more.
      const failure = await detach(attachment, 'abort').catch((error: Error) => error);
      this.#settle(failure === undefined ? reason : `${reason}; it is still mounted: ${failure.message}`);
    });
  }

  /** @param makeTarget if it is missing. @throws MountFailure; nothing is left behind then but that */
  static async make(request: BindRequest, superblock: Mount, makeTarget: boolean): Promise<Bind> {
    const target = await checkTarget(request.target, makeTarget);
    const { mountId, directory, readOnly } = request;
    const binding = bindAside({ root: superblock.point, way: directory, target, readOnly });
    const result = await within(binding, PATIENCE, () => -Errno.ETIMEDOUT);
    if (result === -Errno.ETIMEDOUT) {
      // It may still come about; then it goes again.
      void binding.then(() => findAttachment(target, 0).then((late) => detach(late, 'lazy'))).catch(() => {});
      throw new MountFailure(Errno.ETIMEDOUT, 'the daemon does not answer what leads to the directory');
    }
    if (result < 0) throw MountFailure.of(result, 'cannot show the directory there');
    return new Bind(mountId, superblock, await findAttachment(target, 0));
  }

  /** Real path of the mount point, for people. */
  get target(): string {
    return Buffer.from(this.#attachment.target).toString();
  }

  /**
   * Takes it out of the tree; open files go on with the superblock.
   *
   * @throws MountFailure EBUSY if it is in use and `lazy` is false
   */
  async unmount(lazy: boolean): Promise<void> {
    await detach(this.#attachment, lazy ? 'lazy' : 'orderly');
    this.#settle('it was unmounted as asked');
  }

  /** Looks for it among what is mounted now. */
  look(entries: readonly MountEntry[]): void {
    const { id, device, point } = this.#attachment.entry;
    const there = entries.some((entry) => entry.id === id && entry.device === device && entry.point.equals(point));
    if (!there) this.#settle('it was unmounted in the guest');
  }
}
