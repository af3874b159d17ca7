/** What people are told when a guest does not do with a mount what it should. */
import { Errno, errnoText } from '../protocol/errno.js';
import { Problem } from './problem.js';

const LOGS = 'See the logs of the daemon and the agent: osmofs status';

/** @param thing the mount point. @param message of the agent, or '' */
export function guestFailed(thing: string, errno: number, message: string): Problem {
  return new Problem('guest-failed', thing, message === '' ? errnoText(errno) : message, LOGS);
}

/** It was ended by somebody else before it was there. */
export function overtaken(thing: string): Problem {
  return new Problem('guest-failed', thing, 'it ended while it was being mounted', LOGS);
}

/** Why it could not be unmounted. */
export function stays(thing: string, name: string, errno: number, message: string): Problem {
  if (errno !== Errno.EBUSY) return guestFailed(thing, errno, message);
  const what = 'busy: a program has a file or its working directory there';
  return new Problem('busy', thing, what, `Close it, or detach the mount at once: osmofs umount --lazy ${name}`);
}
