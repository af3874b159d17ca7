import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync, statSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { compile } from '../compile.js';
import type { Mounted, MountOptions, Target } from './target.js';

const run = promisify(execFile);

/** Where Debian's libfuse3-dev has libfuse's examples. */
const EXAMPLES = '/usr/share/doc/libfuse3-dev/examples';
const MOUNT_DEADLINE_MS = 10_000;

/** The reference: libfuse's own example, as Debian ships it, unchanged. */
export function passthroughProgram(): string {
  return compile({
    name: 'passthrough_ll',
    source: `${EXAMPLES}/passthrough_ll.c`,
    headers: [`${EXAMPLES}/passthrough_helpers.h`],
    libraries: ['fuse3'],
  });
}

/** Zero validities, as mode `consistent`; `cache=auto` drops the page cache at each open, as that mode does. */
function optionsOf(options: MountOptions): string {
  const list = [`source=${options.host}`, 'timeout=0', 'cache=auto', 'allow_other'];
  if (options.kernelPermissions) list.push('default_permissions');
  return list.join();
}

async function mounted(dir: string, server: ChildProcess): Promise<void> {
  const before = statSync(`${dir}/..`).dev;
  const deadline = Date.now() + MOUNT_DEADLINE_MS;
  while (statSync(dir).dev === before) {
    if (server.exitCode !== null) throw new Error(`passthrough_ll ended with status ${server.exitCode}`);
    if (Date.now() > deadline) throw new Error(`passthrough_ll did not mount ${dir} in ${MOUNT_DEADLINE_MS} ms`);
    await pause(5);
  }
}

async function end(dir: string, server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const exit = once(server, 'exit');
  try {
    await run('fusermount3', ['-u', dir]);
  } catch {
    // Busy, or already gone: libfuse unmounts by itself when it is told to end.
    server.kill('SIGTERM');
  }
  await exit;
}

/** Counts the lines `unique: 4, opcode: GETATTR (3), …` of libfuse's debug output. */
export function countOpcodes(log: string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const [, name] of log.matchAll(/opcode: ([A-Z0-9_]+) \(/g)) counts[name!] = (counts[name!] ?? 0) + 1;
  return counts;
}

/** @param traced prints every request to a log and counts them: slow, never for timing */
export function passthrough(traced: boolean): Target {
  return {
    name: 'passthrough_ll',
    async mount(options): Promise<Mounted> {
      const dir = `${options.scratch}/mnt`;
      const log = `${options.scratch}/passthrough.log`;
      mkdirSync(dir);
      const output = openSync(log, 'w');
      const args = [traced ? '-d' : '-f', '-o', optionsOf(options), dir];
      const server = spawn(passthroughProgram(), args, { stdio: ['ignore', output, output] });
      closeSync(output);
      try {
        await once(server, 'spawn');
        await mounted(dir, server);
      } catch (error) {
        await end(dir, server);
        throw error;
      }
      return {
        target: 'passthrough_ll',
        dir,
        host: options.host,
        servers: () => [server.pid!],
        nodes: async () => undefined,
        requests: async () => (traced ? countOpcodes(readFileSync(log, 'utf8')) : undefined),
        end: () => end(dir, server),
      };
    },
  };
}
