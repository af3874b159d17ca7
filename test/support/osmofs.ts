/**
 * A private osmofs for a test: its own configuration, state and daemon, always driven through bin/osmofs as a user
 * would. {@link Osmofs.stop} checks that nothing of it stays behind.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { atExit } from './at-exit.js';
import { PATIENCE } from './patience.js';

const program = fileURLToPath(new URL('../../../bin/osmofs', import.meta.url));

export interface Ran {
  /** exit status; -1 if a signal ended it */
  code: number;
  stdout: string;
  stderr: string;
}

/** Where /proc/self/mounts shows a mount of type fuse.osmofs, oldest first. */
export function mountedTargets(): string[] {
  return readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .filter((fields) => fields[2] === 'fuse.osmofs')
    .map((fields) => fields[1]!.replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8))));
}

export class Osmofs {
  /** what a process of this osmofs gets as environment */
  readonly environment: NodeJS.ProcessEnv;
  private readonly targets = new Set<string>();
  private readonly forget: () => void;

  private constructor(
    readonly home: string,
    more: NodeJS.ProcessEnv,
  ) {
    const sub = (name: string) => {
      mkdirSync(`${home}/${name}`, { mode: 0o700 });
      return `${home}/${name}`;
    };
    this.environment = {
      ...process.env,
      ...more,
      XDG_CONFIG_HOME: sub('config'),
      XDG_STATE_HOME: sub('state'),
      XDG_RUNTIME_DIR: sub('run'),
    };
    this.forget = atExit(() => this.demolish());
  }

  /** A daemon with nothing shared yet. @param more environment of it */
  static async start(more: NodeJS.ProcessEnv = {}): Promise<Osmofs> {
    const osmofs = new Osmofs(mkdtempSync('/var/tmp/osmofs-home-'), more);
    try {
      await osmofs.succeed(['daemon', 'start']);
      return osmofs;
    } catch (error) {
      osmofs.forget();
      osmofs.demolish();
      throw error;
    }
  }

  /** Runs `osmofs` with the arguments; never rejects for its exit status. */
  run(args: string[]): Promise<Ran> {
    return new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [program, ...args], {
        env: this.environment,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let stdout = '';
      let stderr = '';
      child.stdout.setEncoding('utf8').on('data', (text) => {
        stdout += text;
      });
      child.stderr.setEncoding('utf8').on('data', (text) => {
        stderr += text;
      });
      // A first run in a checkout compiles.
      const timer = setTimeout(() => child.kill('SIGKILL'), 6 * PATIENCE);
      child.once('error', reject);
      child.once('close', (code) => {
        clearTimeout(timer);
        resolve({ code: code ?? -1, stdout, stderr });
      });
    });
  }

  /** Runs `osmofs`, which must succeed. */
  async succeed(args: string[]): Promise<Ran> {
    const ran = await this.run(args);
    if (ran.code === 0) return ran;
    throw new Error(`osmofs ${args.join(' ')}: exit status ${ran.code}\n${ran.stderr}${ran.stdout}${this.log()}`);
  }

  /** Shares `src` and mounts it at `dst` (made if missing); `options` as the command line takes them. */
  async mount(src: string, dst: string, options: string[] = []): Promise<void> {
    await this.succeed(['share', 'add', src]);
    mkdirSync(dst, { recursive: true });
    this.targets.add(dst);
    await this.succeed(['mount', ...options, src, dst]);
    if (!mountedTargets().includes(dst)) throw new Error(`osmofs mount succeeded, but nothing is mounted at ${dst}`);
  }

  async umount(dst: string): Promise<void> {
    await this.succeed(['umount', dst]);
    this.targets.delete(dst);
    if (mountedTargets().includes(dst)) throw new Error(`osmofs umount succeeded, but ${dst} is still mounted`);
  }

  /** The end of the daemon's log, for messages. */
  log(): string {
    const file = `${this.home}/state/osmofs/daemon.log`;
    return existsSync(file) ? `\ndaemon.log:\n${readFileSync(file, 'utf8').split('\n').slice(-40).join('\n')}` : '';
  }

  /** Unmounts, stops the daemon, and insists that no process, mount or socket is left. */
  async stop(): Promise<void> {
    const left: string[] = [];
    try {
      await this.succeed(['umount', '--all']);
      await this.succeed(['daemon', 'stop']);
      for (const target of mountedTargets()) if (this.targets.has(target)) left.push(`mount ${target}`);
      for (const { pid, command } of this.processes()) left.push(`process ${pid}: ${command}`);
      for (const name of sockets(`${this.home}/run`)) left.push(`socket ${name}`);
    } finally {
      this.forget();
      this.demolish();
    }
    if (left.length > 0) throw new Error(`osmofs left behind: ${left.join('; ')}`);
  }

  /** Processes that carry this osmofs's environment, that is, belong to it. */
  processes(): { pid: number; command: string }[] {
    const mark = `XDG_STATE_HOME=${this.home}/state`;
    const found: { pid: number; command: string }[] = [];
    for (const entry of readdirSync('/proc')) {
      const pid = Number(entry);
      if (!(pid > 0) || pid === process.pid) continue;
      try {
        if (!readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(mark)) continue;
        found.push({ pid, command: readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ').trim() });
      } catch {
        // It ended while we looked.
      }
    }
    return found;
  }

  /** By force and at once: what an interrupted or failed test leaves. */
  private demolish(): void {
    for (const target of mountedTargets().reverse()) {
      if (this.targets.has(target)) spawnSync('umount', ['-l', target], { stdio: 'ignore' });
    }
    for (const { pid } of this.processes()) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It was on its way out.
      }
    }
    rmSync(this.home, { recursive: true, force: true });
  }
}

function sockets(dir: string): string[] {
  const found: string[] = [];
  for (const entry of readdirSync(dir, { withFileTypes: true, recursive: true })) {
    if (entry.isSocket()) found.push(`${entry.parentPath}/${entry.name}`);
  }
  return found;
}
