/**
 * The VM of these tests: booted once, by whoever needs it first, and gone with the last of them. Everything is done through
 * `osmofs` as a user would. The guest has busybox and node of its own; what else the tests run there (git, sqlite3, fio)
 * it sees in {@link DEBIAN}, which is this machine's root directory, shared read-only.
 */
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { VmStarted } from '../../../host/vm-api.js';
import { SOCKET_PATH_LIMIT } from '../../../native/platform.js';
import { type VmFiles, vmFiles } from '../../../vm/files.js';
import { vsockPort } from '../../../vm/machine.js';
import { atExit } from '../../support/at-exit.js';
import { Osmofs, type Ran } from '../../support/osmofs.js';
import { Peer } from '../../support/peer.js';
import { runBytes } from '../../work/support/run.js';

export const DEBIAN = '/debian';
/** The guest's own. */
export const NODE = '/opt/osmofs/node';
export const packageRoot = fileURLToPath(new URL('../../../../', import.meta.url)).replace(/\/$/, '');
/** The guest's processor is emulated: what takes a second on this machine takes ten there. */
export const SLOWNESS = 10;

/** Why no VM can be booted here, or undefined. */
export function cannotBoot(): string | undefined {
  if (process.getuid!() !== 0) return 'the image is built by root here';
  const { error } = spawnSync('qemu-system-x86_64', ['--version'], { stdio: 'ignore' });
  return error ? 'this machine has no qemu-system-x86_64' : undefined;
}

export interface Progress {
  /** each line as it is written */
  line?(text: string): void;
  input?: Buffer;
  timeout?: number;
}

export class Vm {
  private static booting: Promise<Vm> | undefined;
  private static readonly others = new Map<string, Promise<Vm>>();
  /** of the last start, from the hypervisor's to the agent's hello, milliseconds */
  bootMilliseconds = 0;

  private constructor(
    readonly osmofs: Osmofs,
    /** a directory on this machine's disk, for shares */
    readonly base: string,
    readonly name: string,
  ) {}

  /** The shared VM, for a `before` hook; without one its suite is skipped, and says why. */
  static async orSkip(hook: Mocha.Context): Promise<Vm> {
    const why = cannotBoot();
    if (why !== undefined) {
      console.log(`      not run: ${why}`);
      hook.skip();
    }
    return await Vm.shared();
  }

  private static shared(): Promise<Vm> {
    Vm.booting ??= Vm.boot('default');
    return Vm.booting;
  }

  /** Ends the shared one, if anybody has asked for it. */
  static async endShared(): Promise<void> {
    await (await Vm.booting?.catch(() => undefined))?.end();
  }

  private static async boot(name: string): Promise<Vm> {
    const base = mkdtempSync('/var/tmp/osmofs-vm-');
    chmodSync(base, 0o755);
    const forget = atExit(() => rmSync(base, { recursive: true, force: true }));
    const osmofs = await Osmofs.start();
    try {
      const vm = new Vm(osmofs, base, name);
      await osmofs.succeed(['share', 'add', '/']);
      await vm.start();
      await vm.mount('/', DEBIAN, ['--ro', '--ownership', 'host']);
      return vm;
    } catch (error) {
      await osmofs.stop().catch(() => undefined);
      forget();
      rmSync(base, { recursive: true, force: true });
      throw error;
    }
  }

  /** Where the device connects for a port of the host, by which the guest reaches a program of the tests. */
  vsockPath(port: number): string {
    return `${this.files.sockets}/${vsockPort(port)}`;
  }

  async start(options: string[] = []): Promise<void> {
    this.installing = undefined;
    const { stdout } = await this.succeed(['vm', 'start', ...options, '--format', 'json', this.name]);
    this.bootMilliseconds = Math.round((JSON.parse(stdout) as VmStarted).seconds.boot * 1000);
  }

  /** A small VM beside this one, of the same daemon, booted by whoever needs that name first. Nothing is mounted in it. */
  other(name: string): Promise<Vm> {
    const booting = Vm.others.get(name) ?? this.bootOther(name);
    Vm.others.set(name, booting);
    return booting;
  }

  private async bootOther(name: string): Promise<Vm> {
    const vm = new Vm(this.osmofs, this.base, name);
    await vm.start(['--memory', '512M', '--cpus', '1']);
    return vm;
  }

  /** Ends it and what is kept of it; the next who needs that name boots another. */
  async remove(): Promise<void> {
    Vm.others.delete(this.name);
    await this.succeed(['vm', 'rm', '--force', this.name]);
  }

  get files(): VmFiles {
    const directory = `${this.osmofs.home}/state/osmofs/vms/${this.name}`;
    return vmFiles(directory, process.getuid!(), SOCKET_PATH_LIMIT.linux);
  }

  succeed(args: string[]): Promise<Ran> {
    return this.osmofs.succeed(args);
  }

  /** A fresh directory of this machine. */
  directory(name: string): string {
    const path = `${this.base}/${name}`;
    mkdirSync(path, { mode: 0o755 });
    return path;
  }

  /** Mounts a directory of this machine in the guest. */
  async mount(source: string, target: string, options: string[] = []): Promise<void> {
    await this.succeed(['mount', '--guest', this.name, ...options, `${source}:${target}`]);
  }

  /**
   * Copies the compiled tests into the guest's memory, and where they are there: node looks up some thousands of names to load
   * them, which says nothing of a share. Once for each boot.
   */
  installTests(): Promise<string> {
    this.installing ??= this.install();
    return this.installing;
  }

  private installing: Promise<string> | undefined;

  private async install(): Promise<string> {
    const compiled = ['posix', 'support', 'native-syscalls', 'vm/support'].map((name) => `dist/test/${name}`);
    const needed = ['dist/guest', 'dist/native', 'dist/protocol', 'native/build/Release/osmofs.node'];
    const addon = 'test/native-syscalls/build/Release/syscalls.node';
    const tar = await runBytes('tar', ['-cf', '-', 'package.json', addon, ...compiled, ...needed], {
      cwd: packageRoot,
    });
    await this.run(['sh', '-ec', 'mkdir -p /tests && tar -xf - -C /tests'], { input: tar });
    return '/tests/dist/test';
  }

  /** A process of the guest that makes system calls on request; the caller ends it. */
  async peer(): Promise<Peer> {
    const main = `${await this.installTests()}/support/peer-main.js`;
    const own = ['CONFIG_HOME', 'STATE_HOME', 'RUNTIME_DIR'].map((name) => `XDG_${name}`);
    const environment = own.map((name) => `${name}=${this.osmofs.environment[name]}`);
    const exec = [process.execPath, `${packageRoot}/bin/osmofs`, 'vm', 'exec', '-i', this.name, '--'];
    return new Peer({ command: ['env', ...environment, ...exec, NODE, main] });
  }

  /** Runs a program in the guest; never rejects for its exit status. */
  exec(argv: string[], progress: Progress = {}): Promise<Ran> {
    const program = `${packageRoot}/bin/osmofs`;
    const interactive = progress.input === undefined ? [] : ['-i'];
    const child = spawn(process.execPath, [program, 'vm', 'exec', ...interactive, this.name, '--', ...argv], {
      env: this.osmofs.environment,
      stdio: [progress.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    child.stdin?.on('error', () => {}).end(progress.input);
    const ran: Ran = { code: -1, stdout: '', stderr: '' };
    let unfinished = '';
    child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      ran.stdout += text;
      const lines = (unfinished + text).split('\n');
      unfinished = lines.pop()!;
      for (const line of lines) progress.line?.(line);
    });
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      ran.stderr += text;
    });
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => child.kill('SIGKILL'), progress.timeout ?? 120_000);
      child.once('error', reject);
      child.once('close', (code) => {
        clearTimeout(timer);
        resolve({ ...ran, code: code ?? -1 });
      });
    });
  }

  /** Runs a program in the guest, which must succeed; what it wrote to stdout. */
  async run(argv: string[], progress: Progress = {}): Promise<string> {
    const ran = await this.exec(argv, progress);
    if (ran.code === 0) return ran.stdout;
    throw new Error(`in the guest: ${argv.join(' ')}: status ${ran.code}\n${ran.stderr}${ran.stdout.slice(-4000)}`);
  }

  /** As {@link run}, a shell command with this machine's programs. */
  debian(command: string, progress: Progress = {}): Promise<string> {
    // By its whole path: for a bare `sh` busybox's chroot would take busybox's own, and that one its own sha256sum.
    return this.run(['chroot', DEBIAN, '/bin/sh', '-ec', command], progress);
  }

  private async end(): Promise<void> {
    const left: string[] = [];
    try {
      await this.succeed(['vm', 'stop', '--all']);
      await this.osmofs.stop();
    } finally {
      rmSync(this.base, { recursive: true, force: true });
      if (existsSync(this.base)) left.push(this.base);
    }
    if (left.length > 0) throw new Error(`left behind: ${left.join(', ')}`);
  }
}

after(async function () {
  this.timeout(120_000);
  await Vm.endShared();
});
