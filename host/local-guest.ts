/**
 * The guest that is this machine: an agent process of our own, started when it is first needed, started again when it
 * has crashed, ended with the daemon.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { AgentSession } from './agent-session.js';
import type { Agents } from './agents.js';
import type { Log, LogFile } from './log.js';
import { LOCAL_GUEST } from './mount-options.js';
import { Problem } from './problem.js';

/** Compiled to dist/host/, beside dist/guest/. */
const AGENT = fileURLToPath(new URL('../guest/agent.js', import.meta.url));
/** From its start to its hello, ms. */
const START_PATIENCE = 20_000;
/** From our goodbye to its exit, ms; it gives up by itself after 20 s. */
const END_PATIENCE = 25_000;
/** One that crashes younger than this is not started again before it is needed: no circle of crashes. ms */
const CRASH_CIRCLE = 10_000;

export interface LocalGuestOptions {
  readonly agents: Agents;
  readonly socketPath: string;
  readonly token: Uint8Array;
  /** stdout and stderr of the agent */
  readonly output: LogFile;
  readonly log: Log;
  /** the program to run in the agent's place */
  readonly program?: readonly string[];
}

interface Running {
  readonly child: ChildProcess;
  readonly since: number;
  readonly exited: Promise<string>;
}

export class LocalGuest {
  readonly #options: LocalGuestOptions;
  #running: Running | undefined;
  #starting: Promise<AgentSession> | undefined;
  #stopping = false;

  constructor(options: LocalGuestOptions) {
    this.#options = options;
  }

  get pid(): number | undefined {
    return this.#running?.child.pid;
  }

  /** The session with the agent; starts it if there is none. @throws Problem */
  async session(): Promise<AgentSession> {
    const session = this.#options.agents.session(LOCAL_GUEST);
    if (session !== undefined) return session;
    this.#starting ??= this.#start().finally(() => {
      this.#starting = undefined;
    });
    return await this.#starting;
  }

  /** When the process that runs now, if any, is gone: then the kernel has closed its mounts' connections. */
  async gone(): Promise<void> {
    const running = this.#running;
    if (running === undefined) return;
    // Its session has ended, and without one it has nothing to do.
    const timer = setTimeout(() => running.child.kill('SIGKILL'), END_PATIENCE);
    await running.exited;
    clearTimeout(timer);
  }

  /** Ends the agent and waits for it. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#starting?.catch(() => {});
    const session = this.#options.agents.session(LOCAL_GUEST);
    if (session === undefined) this.#running?.child.kill('SIGTERM');
    else session.bye('the daemon ends');
    await this.gone();
  }

  async #start(): Promise<AgentSession> {
    if (this.#stopping) throw new Problem('not-running', 'daemon', 'it is ending', 'Try again when it is gone');
    // The last one may still be on its way out.
    await this.gone();
    const running = this.#spawn();
    this.#running = running;
    const { agents } = this.#options;
    let arrived: ((session: AgentSession) => void) | undefined;
    let timer: NodeJS.Timeout | undefined;
    try {
      return await Promise.race([
        new Promise<AgentSession>((resolve) => {
          arrived = (session) => {
            if (session.guest === LOCAL_GUEST) resolve(session);
          };
          agents.on('session', arrived);
        }),
        running.exited.then((how) => {
          throw failed(`it ended at once, ${how}`);
        }),
        new Promise<never>((_, reject) => {
          timer = setTimeout(() => reject(failed(`no hello within ${START_PATIENCE / 1000} s`)), START_PATIENCE);
        }),
      ]);
    } catch (error) {
      running.child.kill('SIGKILL');
      await running.exited;
      throw error;
    } finally {
      clearTimeout(timer);
      if (arrived !== undefined) agents.off('session', arrived);
    }
  }

  #spawn(): Running {
    const { output, socketPath, token, program } = this.#options;
    if (program === undefined && !existsSync(AGENT)) throw failed(`${AGENT} is missing; build it with: npm run build`);
    output.rotateIfLarge();
    const [command, ...words] = program ?? [process.execPath, ...NODE_OPTIONS, AGENT];
    const place = ['--connect', `unix:${socketPath}`, '--guest', LOCAL_GUEST];
    // The token goes through a pipe: arguments and environment can be read by others.
    const child = spawn(command!, [...words, ...place, '--token-fd', '3'], {
      cwd: '/',
      stdio: ['ignore', output.descriptor, output.descriptor, 'pipe'],
    });
    const pipe = child.stdio[3] as Writable;
    pipe.on('error', () => {});
    pipe.end(token);
    const exited = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('exit', (code, signal) => resolve(signal === null ? `exit code ${code}` : `by ${signal}`));
    });
    const running: Running = { child, since: Date.now(), exited };
    void exited.then((how) => this.#ended(running, how));
    return running;
  }

  #ended(running: Running, how: string): void {
    const age = Date.now() - running.since;
    this.#running = undefined;
    if (this.#stopping) return;
    this.#options.log('warn', `the agent of this machine ended, ${how}`);
    if (this.#starting !== undefined || age < CRASH_CIRCLE) return;
    this.session().catch((error) => this.#options.log('error', `the agent does not start again: ${error.message}`));
  }
}

/** Little lives on the agent's heap. */
const NODE_OPTIONS: readonly string[] = ['--max-semi-space-size=1', '--v8-pool-size=1'];

function failed(what: string): Problem {
  return new Problem('guest-failed', 'agent', what, 'See agent.log beside the log of the daemon');
}
