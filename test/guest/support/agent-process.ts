/** An agent under test: the real program as a child process, with a directory of its own. Always reaped and unmounted. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Body, Mount } from '../../../protocol/control.js';
import { atExit } from '../../support/at-exit.js';
import { PATIENCE } from '../../support/patience.js';
import { FakeDaemon } from './fake-daemon.js';

const AGENT = fileURLToPath(new URL('../../../guest/agent.js', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

/** A directory with a socket, a token file and room for mount points; and the programs that were started in it. */
export class Workshop {
  readonly directory: string;
  readonly socket: string;
  readonly tokenFile: string;
  daemon!: FakeDaemon;
  readonly #children = new Set<ChildProcess>();
  readonly #forget: () => void;

  private constructor() {
    this.directory = mkdtempSync('/var/tmp/osmofs-agent-');
    this.socket = join(this.directory, 'agent.sock');
    this.tokenFile = join(this.directory, 'token');
    this.#forget = atExit(() => this.#abandon());
  }

  static async open(): Promise<Workshop> {
    const workshop = new Workshop();
    workshop.daemon = await FakeDaemon.listen(workshop.socket);
    writeFileSync(workshop.tokenFile, workshop.daemon.token, { mode: 0o600 });
    return workshop;
  }

  /** Ends everything; fails if the agent has left a mount behind. */
  async close(): Promise<void> {
    for (const child of this.#children) {
      child.kill('SIGTERM');
      await exitOf(child);
    }
    await this.daemon.close();
    const left = this.mounts();
    if (left.length === 0) rmSync(this.directory, { recursive: true });
    this.#forget();
    if (left.length > 0) throw new Error(`still mounted: ${left.join(', ')}`);
  }

  /** When there is no time to end anything in good order. */
  #abandon(): void {
    for (const child of this.#children) child.kill('SIGKILL');
    while (this.mounts().length > 0) {
      const point = this.mounts()
        .at(-1)!
        .split(' ')[4]!
        .replace(/\\(\d{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)));
      if (spawnSync('umount', ['-l', point]).status !== 0) return;
    }
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** An empty directory to mount on. */
  point(name = 'mnt'): string {
    const path = join(this.directory, name);
    mkdirSync(path);
    return path;
  }

  /** Lines of /proc/self/mountinfo below the directory. */
  mounts(): string[] {
    const lines = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
    return lines.filter((line) => line.split(' ')[4]?.startsWith(`${this.directory}/`));
  }

  /** Starts the agent; resolves when it has said hello, or has ended. */
  async agent(args: readonly string[] = ['--token-file', this.tokenFile]): Promise<Agent> {
    const agent = new Agent(this.run(process.execPath, this.agentArguments(args)));
    await Promise.race([this.daemon.until('connection'), agent.ended]);
    return agent;
  }

  /** Of Node. */
  agentArguments(args: readonly string[]): string[] {
    return [AGENT, '--connect', `unix:${this.socket}`, '--guest', 'test', ...args];
  }

  /** Has the agent mount on a new directory; its path. */
  async mount(mountId = 1, more: Partial<Mount> = {}): Promise<string> {
    const point = this.point(`mnt${mountId}`);
    const reply = await this.daemon.ask(this.daemon.mountMessage(mountId, point, more));
    assert.deepEqual(reply, { type: 'mountReply', mountId, errno: 0, message: '' });
    return point;
  }

  /** The end of a mount as the agent tells it. */
  async mountEnd(mountId = 1): Promise<string> {
    const [{ body }] = await this.daemon.until('envelope', (envelope) => isEnd(envelope.body, mountId));
    return isEnd(body, mountId) ? body.reason : '';
  }

  /** stat(1) of a path, in a process of its own because it may have to wait. */
  stat(path: string): Caller {
    return new Caller(this.run('stat', ['-c', '%F', path]));
  }

  /** A program that may hang on the mount: it is killed at the latest when the workshop closes. */
  run(program: string, args: readonly string[], stdio: readonly (number | 'ignore')[] = []): ChildProcess {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe', ...stdio] });
    this.#children.add(child);
    child.once('exit', () => this.#children.delete(child));
    return child;
  }
}

function isEnd(body: Body, mountId: number): body is Extract<Body, { type: 'mountEnded' }> {
  return body.type === 'mountEnded' && body.mountId === mountId;
}

/** A program that uses the mount. */
export class Caller {
  readonly ended: Promise<Ended>;

  constructor(readonly child: ChildProcess) {
    this.ended = endOf(child);
  }
}

export class Agent {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcess;

  constructor(child: ChildProcess) {
    this.#child = child;
    this.pid = child.pid!;
    this.ended = endOf(child);
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}

/** How a program ends, with all it wrote on stderr. */
export async function endOf(child: ChildProcess): Promise<Ended> {
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [code, signal] = await once(child, 'close');
  return { code, signal, stderr };
}

async function exitOf(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  await once(child, 'exit', { signal: AbortSignal.timeout(2 * PATIENCE) });
}
