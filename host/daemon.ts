/** The daemon: its parts put together, its start, its end. One per runtime directory. */
import { randomBytes } from 'node:crypto';
import { readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { os } from '../native/index.js';
import { SOCKET_PATH_LIMIT } from '../native/platform.js';
import { BINDS, TOKEN_BYTES } from '../protocol/version.js';
import { findFacts } from '../vm/facts.js';
import type { AgentSession } from './agent-session.js';
import { Agents } from './agents.js';
import { EXEC_PROTOCOL, type Mount, Route } from './api.js';
import { readConfig, writeWhole } from './config.js';
import { ControlApi } from './control-api.js';
import { DescriptorBudget } from './descriptor-budget.js';
import { Programs } from './exec.js';
import { acquireInstance, type InstanceLock } from './instance-lock.js';
import { LocalGuest } from './local-guest.js';
import { type Log, LogFile } from './log.js';
import { LOCAL_GUEST } from './mount-options.js';
import type { Placed } from './mount-rules.js';
import { detachDead } from './mount-table.js';
import { Mounts } from './mounts.js';
import { Overlap } from './overlap.js';
import { createDirectories, type Paths } from './paths.js';
import { messageOf, Problem, systemCode } from './problem.js';
import { routes } from './routes.js';
import { openShareRoot } from './share-root.js';
import { defaultRoots, Shares } from './shares.js';
import { readVersion } from './version.js';
import { vmRoutes } from './vm-routes.js';
import { Vms } from './vms.js';

export class Daemon {
  readonly since = new Date();
  readonly shares: Shares;
  readonly agents: Agents;
  readonly localGuest: LocalGuest;
  readonly mounts: Mounts;
  readonly vms: Vms;
  readonly programs: Programs;
  readonly #lock: InstanceLock;
  readonly #log: Log;
  readonly #api: ControlApi;
  /** target → source of whatever was mounted here, or meant to be */
  readonly #known = new Map<string, string>();
  #ending: Promise<void> | undefined;

  private constructor(
    readonly paths: Paths,
    lock: InstanceLock,
    log: Log,
  ) {
    this.#lock = lock;
    this.#log = log;
    const token = randomBytes(TOKEN_BYTES);
    rmSync(paths.tokenFile, { force: true });
    writeFileSync(paths.tokenFile, `${token.toString('hex')}\n`, { mode: 0o600, flag: 'wx' });
    this.shares = new Shares(paths.configFile, defaultRoots(os.platform, homedir()));
    this.agents = new Agents({ token, log, duplicate: (fd) => os.duplicate(fd) });
    const output = new LogFile(paths.agentLog);
    this.localGuest = new LocalGuest({ agents: this.agents, socketPath: paths.agentSocket, token, output, log });
    this.mounts = this.#makeMounts();
    this.vms = this.#makeVms();
    this.vms.on('removed', (name) => this.mounts.forget(name));
    this.agents.on('session', ({ guest }) => {
      if (guest !== LOCAL_GUEST) void this.mounts.restore(guest);
    });
    this.programs = new Programs(this.agents, log);
    this.#api = new ControlApi({ ...routes(this), ...vmRoutes(this.vms) }, log, {
      protocol: EXEC_PROTOCOL,
      prefix: `${Route.EXEC}/`,
      take: (ticket, socket, early) => this.programs.attach(ticket, socket, early),
    });
  }

  /** Undefined if another one runs here. @throws Problem if this one cannot */
  static async start(paths: Paths, log: Log): Promise<Daemon | undefined> {
    createDirectories(paths);
    const lock = acquireLock(paths);
    if (lock === undefined) return undefined;
    try {
      readConfig(paths.configFile);
      const daemon = new Daemon(paths, lock, log);
      await daemon.#clearOldMounts();
      await daemon.agents.listen(paths.agentSocket);
      await daemon.vms.adopt();
      await daemon.#api.listen(paths.controlSocket);
      log('info', `osmofs ${readVersion()} started, pid ${process.pid}`);
      return daemon;
    } catch (error) {
      for (const file of [paths.controlSocket, paths.agentSocket, paths.tokenFile]) rmSync(file, { force: true });
      lock.release();
      throw error;
    }
  }

  /** @throws Problem 'busy' without `force`; the daemon then goes on */
  async closeMounts(force: boolean): Promise<string[]> {
    return await this.mounts.close(force);
  }

  /** Unmounts, ends the agents, leaves nothing behind, and ends the process. */
  end(reason: string, exitCode = 0): Promise<void> {
    this.#ending ??= this.#end(reason, exitCode);
    return this.#ending;
  }

  async #end(reason: string, exitCode: number): Promise<void> {
    this.#log('info', `ending: ${reason}`);
    this.agents.close();
    this.#api.close();
    this.programs.close();
    await this.mounts.close(true).catch((error) => this.#log('error', `unmounting failed: ${messageOf(error)}`));
    for (const session of this.agents.sessions) if (session.guest !== LOCAL_GUEST) session.bye('the daemon ends');
    this.vms.close();
    await this.localGuest.stop();
    // An agent that had to be killed has not unmounted what it was slow with.
    await this.#detachDead(
      [...this.#known].map(([target, source]) => ({ target, source })),
      'by its agent',
    );
    const { controlSocket, agentSocket, tokenFile, mountsFile } = this.paths;
    for (const file of [controlSocket, agentSocket, tokenFile, mountsFile]) rmSync(file, { force: true });
    this.#lock.release();
    if (this.paths.isStandIn) removeIfEmpty(this.paths.runtime);
    this.#log('info', 'ended');
    process.exit(exitCode);
  }

  #makeMounts(): Mounts {
    // As far as the hard limit allows: every file a guest has open is one here.
    const budget = new DescriptorBudget(os.raiseDescriptorLimit());
    const directories = { open: openShareRoot, close: (fd: number) => void os.close(fd) };
    return new Mounts({
      shares: this.shares,
      config: () => readConfig(this.paths.configFile),
      budget,
      log: this.#log,
      directories,
      overlap: new Overlap(directories),
      session: (guest) => this.#session(guest),
      expectLanes: (mountId, lanes) => this.agents.expect(mountId, lanes),
      // Loaded with the first mount: a daemon that serves none stays small.
      serve: async (options) => new (await import('./served-mount.js')).ServedMount(options),
      clearAway: (placed) => this.#clearAway(placed),
      guestState: (guest) => this.#guestState(guest),
      binds: (guest) => this.agents.session(guest)?.agreed.features.includes(BINDS) === true,
      wantedFile: this.paths.guestMountsFile,
      changed: (mounts) => this.#remember(mounts),
    });
  }

  #makeVms(): Vms {
    const { agents, paths } = this;
    return new Vms({
      directory: paths.vms,
      cacheDirectory: paths.cache,
      uid: process.geteuid?.() ?? 0,
      socketLimit: SOCKET_PATH_LIMIT[os.platform],
      agents,
      flock: (fd, operation) => os.flock(fd, operation),
      facts: findFacts,
      powerOff: (guest) => powerOff(agents.session(guest)),
      restoreMounts: (guest) => this.mounts.restore(guest),
      log: this.#log,
    });
  }

  async #session(guest: string): Promise<AgentSession> {
    if (guest === LOCAL_GUEST) {
      if (os.platform === 'linux') return await this.localGuest.session();
      throw new Problem('not-found', guest, 'this system has no FUSE that osmofs could use', 'Name a guest: --guest');
    }
    const session = this.agents.session(guest);
    if (session === undefined)
      throw new Problem('not-found', guest, 'no such guest is connected', 'See: osmofs status');
    return session;
  }

  /** Every virtual machine has a directory of its name (vm/FILES.md). */
  #guestState(guest: string): 'connected' | 'known' | 'unknown' {
    if (this.agents.session(guest) !== undefined) return 'connected';
    return this.agents.expects(guest) || this.vms.has(guest) ? 'known' : 'unknown';
  }

  async #clearAway(placed: Placed): Promise<void> {
    if (!placed.local) return;
    await this.localGuest.gone();
    await this.#detachDead([placed], 'by its agent');
  }

  async #detachDead(dead: readonly { source: string; target: string }[], by: string): Promise<void> {
    for (const path of await detachDead(dead)) this.#log('warn', `${path} was left mounted ${by}, and is detached`);
  }

  /** What is mounted here, for the daemon that comes after a crash of this one. */
  #remember(mounts: readonly Mount[]): void {
    const local = mounts.filter(({ guest }) => guest === LOCAL_GUEST);
    for (const { source, target } of local) this.#known.set(target, source);
    try {
      if (local.length === 0) rmSync(this.paths.mountsFile, { force: true });
      else
        writeWhole(
          this.paths.mountsFile,
          `${JSON.stringify(local.map(({ name, source, target }) => ({ name, source, target })))}\n`,
        );
    } catch (error) {
      this.#log('warn', `the list of mounts cannot be written: ${messageOf(error)}`);
    }
  }

  async #clearOldMounts(): Promise<void> {
    try {
      const old = JSON.parse(readFileSync(this.paths.mountsFile, 'utf8')) as { source: string; target: string }[];
      await this.#detachDead(old, 'by a crash');
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') this.#log('warn', `the list of old mounts is of no use: ${messageOf(error)}`);
    }
    rmSync(this.paths.mountsFile, { force: true });
  }
}

async function powerOff(session: AgentSession | undefined): Promise<void> {
  if (session === undefined) throw new Error('its agent is not connected');
  await session.powerOff();
}

function acquireLock(paths: Paths): InstanceLock | undefined {
  const acquire = () => acquireInstance(paths.pidFile, (fd, operation) => os.flock(fd, operation));
  try {
    return acquire();
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
    // A daemon that ended this moment has taken the directory with it.
    createDirectories(paths);
    return acquire();
  }
}

function removeIfEmpty(directory: string): void {
  try {
    rmdirSync(directory);
  } catch {
    // The next daemon is there already.
  }
}
