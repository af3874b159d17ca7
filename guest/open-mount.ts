/** From the daemon's Mount message to a mount that can be used, or to nothing at all. */
import { os } from '../native/index.js';
import { Lane, type Mount as MountRequest } from '../protocol/control.js';
import type { Offer } from '../protocol/negotiate.js';
import { ANNOUNCEMENTS_FEATURE } from '../protocol/version.js';
import { detach, findAttachment, type Prepared, prepare } from './attach.js';
import { MountFailure } from './failure.js';
import type { LaneSocket, Link } from './link.js';
import { Mount } from './mount.js';
import { Service } from './service.js';
import { checkTarget } from './target.js';

/**
 * @param makeTarget if it is missing
 * @param hidden directory for a superblock of which only parts are shown
 * @throws MountFailure or LinkError; nothing is left behind then but that
 */
export async function openMount(
  request: MountRequest,
  link: Link,
  makeTarget: boolean,
  hidden?: Uint8Array,
): Promise<Mount> {
  const target = hidden ?? (await checkTarget(request.target, makeTarget));
  const lanes = await openLanes(request, link);
  const prepared = await prepare(target, request).catch((error: unknown) => {
    for (const { socket } of [lanes.meta, lanes.data]) os.close(socket);
    throw error;
  });
  const mount = await attach(request, target, prepared, lanes, link.agreed);
  try {
    await mount.settle();
    return mount;
  } catch (error) {
    await mount.abort('it did not start');
    throw error;
  }
}

interface Lanes {
  readonly meta: LaneSocket;
  readonly data: LaneSocket;
}

async function openLanes(request: MountRequest, link: Link): Promise<Lanes> {
  const dial = (lane: Lane) => link.lane(request.mountId, lane, request.laneSecret);
  const [meta, data] = await Promise.allSettled([dial(Lane.META), dial(Lane.DATA)]);
  if (meta.status === 'fulfilled' && data.status === 'fulfilled') return { meta: meta.value, data: data.value };
  for (const one of [meta, data]) if (one.status === 'fulfilled') os.close(one.value.socket);
  throw meta.status === 'rejected' ? meta.reason : (data as PromiseRejectedResult).reason;
}

async function attach(
  request: MountRequest,
  target: Uint8Array,
  prepared: Prepared,
  lanes: Lanes,
  { limits, features }: Offer,
): Promise<Mount> {
  const { fuseFd, calls, warning } = prepared;
  const { mountId, readOnly, userXattrsOnly, flushForLocksOnly, writeBehind } = request;
  const local = { readOnly, userXattrsOnly, flushForLocksOnly };
  let service: Service | undefined;
  try {
    const announcements = features.includes(ANNOUNCEMENTS_FEATURE);
    service = new Service({ calls, fuseFd, ...lanes, largest: limits.maxMessage, local, announcements, writeBehind });
    const mounted = await service.mounted;
    if (mounted < 0) throw MountFailure.of(mounted, 'cannot mount there');
    const attachment = await findAttachment(target, service.announcer);
    service.follow(attachment.entry.id, request.target.length === 0);
    return new Mount(mountId, attachment, service, fuseFd, warning);
  } catch (error) {
    await service?.stop();
    service?.close();
    os.close(fuseFd);
    // What fusermount3 has mounted is there all the same, without anybody who serves it.
    if (calls.length === 0)
      await findAttachment(target, 0).then(
        (left) => detach(left, 'abort'),
        () => undefined,
      );
    throw error;
  }
}
