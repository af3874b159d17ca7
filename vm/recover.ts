/** A VM whose runner was killed: its hypervisor goes on without anybody who could stop it. It is ended here. */
import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { VmFailure } from './failure.js';
import type { VmFiles } from './files.js';
import { type Flock, holders, isHeld } from './lock.js';
import { type Watched, watchRunner } from './runner-client.js';

/** A runner that starts or ends holds the lock for a moment without answering, ms. */
const PATIENCE = 5_000;
const PAUSE = 20;

/** What holds this VM's lock, watched; undefined if nothing does any more. @throws VmFailure if it cannot be ended */
export async function findRunner(files: VmFiles, flock: Flock, patience = PATIENCE): Promise<Watched | undefined> {
  const end = Date.now() + patience;
  while (isHeld(files.lock, flock)) {
    try {
      return await watchRunner(files.control);
    } catch {
      // It is starting, ending, or not there.
    }
    if (Date.now() > end || !(await runnerLives(files))) {
      await endOrphan(files, flock);
      return undefined;
    }
    await delay(PAUSE);
  }
  return undefined;
}

/** Kills whoever still holds the lock, and waits until it is free. */
export async function endOrphan(files: VmFiles, flock: Flock): Promise<void> {
  const end = Date.now() + PATIENCE;
  while (isHeld(files.lock, flock)) {
    const held = holders(files.lock);
    // The runner first: it would only complain.
    if (held !== undefined) {
      for (const pid of [held.runner, held.hypervisor]) if (await belongs(pid, files)) kill(pid);
    }
    if (Date.now() > end) {
      const who = held === undefined ? 'a process' : `process ${held.hypervisor}`;
      throw new VmFailure('failed', files.directory, `${who} holds it and cannot be ended`, `See: fuser ${files.lock}`);
    }
    await delay(PAUSE);
  }
}

async function runnerLives(files: VmFiles): Promise<boolean> {
  const held = holders(files.lock);
  return held !== undefined && (await belongs(held.runner, files));
}

/** Process ids are used again: a process is this VM's only if its arguments name the VM's directory or its sockets. */
async function belongs(pid: number, files: VmFiles): Promise<boolean> {
  if (pid <= 1) return false;
  try {
    const { stdout } = await promisify(execFile)('ps', ['-ww', '-o', 'args=', '-p', String(pid)]);
    return stdout.includes(files.directory) || stdout.includes(files.sockets);
  } catch {
    return false;
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It was on its way out.
  }
}
