/** Switching the guest off. */
import { spawn } from 'node:child_process';
import { Errno } from '../protocol/errno.js';
import { MountFailure } from './failure.js';
import { within } from './within.js';

/** poweroff(8) only tells init, which ends everything, writes back what is dirty and unmounts. ms */
const PATIENCE = 10_000;

/** @param program that does it. @throws MountFailure if it does not */
export async function switchOff(program: string): Promise<void> {
  const child = spawn(program, [], { stdio: 'ignore', detached: true });
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', (error) => reject(MountFailure.from(error)));
    child.once('exit', (code, signal) => {
      if (code === 0) resolve();
      else reject(new MountFailure(Errno.EIO, `${program} ended with ${signal ?? `code ${code}`}`));
    });
  });
  await within(ended, PATIENCE, () => {
    throw new MountFailure(Errno.ETIMEDOUT, `${program} does not end`);
  });
}
