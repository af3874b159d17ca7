/** The real agent of a virtual machine as a process of this one, over a unix socket in vsock's place. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AgentSession } from '../../../host/agent-session.js';
import { Agents } from '../../../host/agents.js';
import { os } from '../../../native/index.js';
import { atExit } from '../../support/at-exit.js';
import { PATIENCE } from '../../support/patience.js';

const AGENT = fileURLToPath(new URL('../../../guest/agent.js', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export class VmAgent {
  readonly ended: Promise<Ended>;
  stderr = '';
  readonly #child: ChildProcess;

  constructor(child: ChildProcess) {
    this.#child = child;
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.ended = once(child, 'close').then(([code, signal]) => ({ code, signal }));
  }

  get pid(): number {
    return this.#child.pid!;
  }

  async kill(signal: NodeJS.Signals): Promise<Ended> {
    this.#child.kill(signal);
    return await this.ended;
  }
}

/** Gates, tokens, agents; all in a directory of its own. */
export class VmWorld {
  readonly directory = mkdtempSync('/var/tmp/osmofs-vm-');
  readonly log: string[] = [];
  readonly agents: Agents;
  readonly #tokens = new Map<string, Buffer>();
  readonly #running = new Set<VmAgent>();
  readonly #forget: () => void;

  constructor(agents?: Agents) {
    this.agents =
      agents ??
      new Agents({
        token: randomBytes(32),
        log: (level, text) => this.log.push(`${level} ${text}`),
        duplicate: (fd) => os.duplicate(fd),
      });
    this.#forget = atExit(() => {
      for (const agent of this.#running) process.kill(agent.pid, 'SIGKILL');
      rmSync(this.directory, { recursive: true, force: true });
    });
  }

  socketOf(guest: string): string {
    return join(this.directory, `${guest}.sock`);
  }

  /** As the launcher does before each boot; `again` with the token of the last one, as a new daemon would. */
  async expect(guest: string, again = false): Promise<{ close(): void }> {
    const token = (again ? this.#tokens.get(guest) : undefined) ?? randomBytes(32);
    this.#tokens.set(guest, token);
    writeFileSync(join(this.directory, `${guest}.token`), `${token.toString('hex')}\n`, { mode: 0o600 });
    return await this.agents.expectGuest({ guest, token, socketPath: this.socketOf(guest) });
  }

  /** An agent that has just been started. @param more arguments */
  agent(guest: string, more: readonly string[] = [], env: NodeJS.ProcessEnv = process.env): VmAgent {
    const where = ['--connect', `unix:${this.socketOf(guest)}`, '--token-file', join(this.directory, `${guest}.token`)];
    const words = [AGENT, ...where, '--guest', guest, '--vm', ...more];
    const agent = new VmAgent(spawn(process.execPath, words, { stdio: ['ignore', 'inherit', 'pipe'], env }));
    this.#running.add(agent);
    void agent.ended.then(() => this.#running.delete(agent));
    return agent;
  }

  async connected(guest: string): Promise<AgentSession> {
    return await this.agents.whenConnected(guest, PATIENCE);
  }

  /** Expected, started and connected. */
  async boot(guest: string, more: readonly string[] = [], env?: NodeJS.ProcessEnv): Promise<[VmAgent, AgentSession]> {
    await this.expect(guest);
    const agent = this.agent(guest, more, env);
    return [agent, await this.connected(guest)];
  }

  /** A program for tests. @returns its path */
  script(name: string, text: string): string {
    const path = join(this.directory, name);
    writeFileSync(path, text);
    chmodSync(path, 0o755);
    return path;
  }

  read(name: string): string {
    return readFileSync(join(this.directory, name), 'utf8');
  }

  async close(): Promise<void> {
    for (const agent of this.#running) await agent.kill('SIGTERM');
    this.agents.close();
    this.#forget();
    rmSync(this.directory, { recursive: true, force: true });
  }
}
