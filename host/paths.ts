/**
 * Where osmofs keeps its files. FILES.md beside this file says what each one holds.
 *
 * Linux follows the XDG Base Directory Specification; macOS keeps to ~/Library, but honours the XDG variables when they
 * are set, so that a test or a second instance can be kept apart in the same way on both.
 */
import { createHash } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { SOCKET_PATH_LIMIT } from '../native/platform.js';
import { Problem, systemCode } from './problem.js';

export interface Surroundings {
  readonly platform: 'linux' | 'darwin';
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly uid: number;
}

export interface Paths {
  /** directories, 0700 */
  readonly config: string;
  readonly state: string;
  readonly runtime: string;
  /** the runtime directory stands in for one whose path is too long, and goes with the daemon */
  readonly isStandIn: boolean;
  /** files, 0600 */
  readonly configFile: string;
  readonly daemonLog: string;
  readonly agentLog: string;
  readonly mountsFile: string;
  readonly guestMountsFile: string;
  readonly controlSocket: string;
  readonly agentSocket: string;
  readonly pidFile: string;
  readonly tokenFile: string;
  /** directories, 0700, made when they are first needed: one of each VM's own below it, and the images they boot */
  readonly vms: string;
  readonly cache: string;
}

const CONTROL_SOCKET = 'control.sock';

export function resolvePaths(around: Surroundings): Paths {
  const config = configDirectory(around);
  const state = stateDirectory(around);
  const wanted = runtimeDirectory(around, state);
  const runtime = shortEnough(wanted, around);
  return {
    config,
    state,
    runtime,
    isStandIn: runtime !== wanted,
    configFile: join(config, 'config.json'),
    daemonLog: join(state, 'daemon.log'),
    agentLog: join(state, 'agent.log'),
    mountsFile: join(state, 'mounts.json'),
    guestMountsFile: join(state, 'guest-mounts.json'),
    controlSocket: join(runtime, CONTROL_SOCKET),
    agentSocket: join(runtime, 'agent.sock'),
    pidFile: join(runtime, 'daemon.pid'),
    tokenFile: join(runtime, 'token'),
    vms: join(state, 'vms'),
    cache: cacheDirectory(around),
  };
}

function configDirectory(around: Surroundings): string {
  const base = fromEnvironment(around, 'XDG_CONFIG_HOME');
  if (base !== undefined) return join(base, 'osmofs');
  if (around.platform === 'darwin') return join(around.home, 'Library', 'Application Support', 'osmofs');
  return join(around.home, '.config', 'osmofs');
}

function stateDirectory(around: Surroundings): string {
  const base = fromEnvironment(around, 'XDG_STATE_HOME');
  if (base !== undefined) return join(base, 'osmofs');
  if (around.platform === 'darwin') return join(around.home, 'Library', 'Application Support', 'osmofs', 'state');
  return join(around.home, '.local', 'state', 'osmofs');
}

function cacheDirectory(around: Surroundings): string {
  const base = fromEnvironment(around, 'XDG_CACHE_HOME');
  if (base !== undefined) return join(base, 'osmofs');
  if (around.platform === 'darwin') return join(around.home, 'Library', 'Caches', 'osmofs');
  return join(around.home, '.cache', 'osmofs');
}

function runtimeDirectory(around: Surroundings, state: string): string {
  const base = fromEnvironment(around, 'XDG_RUNTIME_DIR');
  return base !== undefined ? join(base, 'osmofs') : join(state, 'run');
}

/** XDG: "All paths set in these environment variables must be absolute. If … relative … consider the path invalid". */
function fromEnvironment(around: Surroundings, name: string): string | undefined {
  const value = around.environment[name];
  return value !== undefined && isAbsolute(value) ? value : undefined;
}

/**
 * The runtime directory itself if a socket path fits below it, else one under /tmp whose name follows from it, so that
 * every process with the same surroundings comes to the same place.
 */
function shortEnough(runtime: string, around: Surroundings): string {
  if (Buffer.byteLength(join(runtime, CONTROL_SOCKET)) <= SOCKET_PATH_LIMIT[around.platform]) return runtime;
  const digest = createHash('sha256').update(runtime).digest('hex').slice(0, 16);
  return `/tmp/osmofs-${around.uid}-${digest}`;
}

/** Makes the three directories where they are missing. Throws a {@link Problem} if one cannot be trusted. */
export function createDirectories(paths: Paths): void {
  for (const directory of [paths.config, paths.state, paths.runtime]) createPrivate(directory);
}

/** Creates `directory` with its parents; it is ours and 0700 afterwards, whatever the umask. */
export function createPrivate(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch (error) {
    const what = systemCode(error) === 'EEXIST' ? 'not a directory' : `cannot be created (${systemCode(error)})`;
    throw new Problem('bad-config', directory, what, 'Move it away, or point XDG_* at another place', { cause: error });
  }
  const found = lstatSync(directory);
  // Someone else's directory, or a link into one, could hold a socket that only looks like our daemon's.
  if (!found.isDirectory() || found.uid !== process.geteuid?.()) {
    throw new Problem('bad-config', directory, 'not a directory of the user who runs osmofs', 'Move it away');
  }
  if ((found.mode & 0o077) !== 0) chmodSync(directory, 0o700);
}
