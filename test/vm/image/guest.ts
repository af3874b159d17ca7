/** The image under QEMU with nothing around it: no vsock device, no launcher; what it says comes line by line. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { bootOverlay, buildImage, type Entry, KERNEL_ARGUMENTS } from '../../../vm/image/index.js';

/** Kept between runs, so that the kernel is fetched once for a checkout. */
export const CACHE = fileURLToPath(new URL('../../../../.tmp/image', import.meta.url));

/** How long a guest may take for something without KVM, ms. */
const PATIENCE = 60_000 * Number(process.env.OSMOFS_TEST_PATIENCE ?? 1);

export interface GuestOptions {
  /** run by init once, beside the agent */
  readonly probe: string;
  /** a machine that reboots goes on, instead of ending */
  readonly reboots?: boolean;
  /** file that is the data disk */
  readonly disk?: string;
}

export class Guest {
  readonly lines: string[] = [];
  private readonly waiting = new Set<() => void>();
  private ended = false;

  private constructor(
    private readonly process: ChildProcess,
    private readonly directory: string,
  ) {
    const look = () => {
      for (const check of this.waiting) check();
    };
    createInterface({ input: process.stdout! }).on('line', (line) => {
      this.lines.push(line.trimEnd());
      look();
    });
    process.on('close', () => {
      this.ended = true;
      look();
    });
  }

  static async boot({ probe, disk, reboots = false }: GuestOptions): Promise<Guest> {
    const image = await buildImage({ cacheDirectory: CACHE });
    const directory = mkdtempSync(join(tmpdir(), 'osmofs-image-'));
    const initrd = join(directory, 'initrd');
    writeFileSync(initrd, Buffer.concat([readFileSync(image.initrd), overlay(probe)]));
    const qmp = `unix:${join(directory, 'qmp')},server=on,wait=off`;
    const drive = disk === undefined ? [] : ['-drive', `file=${disk},if=none,id=data,format=raw`];
    const device = disk === undefined ? [] : ['-device', 'virtio-blk-pci,drive=data,serial=osmofs-data'];
    const machine = ['-M', 'q35', '-accel', 'tcg,thread=multi', '-cpu', 'max', '-smp', '2', '-m', '512'];
    const nothingElse = ['-nodefaults', '-no-user-config', '-display', 'none', '-serial', 'stdio', '-qmp', qmp];
    const boot = ['-kernel', image.kernel, '-initrd', initrd, '-append', KERNEL_ARGUMENTS.join(' ')];
    const argv = [...machine, ...nothingElse, ...boot, ...drive, ...device, ...(reboots ? [] : ['-no-reboot'])];
    return new Guest(spawn('qemu-system-x86_64', argv, { stdio: ['ignore', 'pipe', 'inherit'] }), directory);
  }

  /** The first line that matches. @throws Error with what the guest said, if it ends or takes too long before it says so */
  async says(pattern: RegExp): Promise<string> {
    return await this.#until(() => this.lines.find((line) => pattern.test(line)), String(pattern));
  }

  /** Resolves once so many lines match. @throws as says() */
  async count(pattern: RegExp, times: number): Promise<void> {
    const matching = () => this.lines.filter((line) => pattern.test(line)).length >= times || undefined;
    await this.#until(matching, `${pattern}, ${times} times`);
  }

  /** Resolves when QEMU has ended. */
  async end(): Promise<void> {
    await this.#until(() => (this.ended ? true : undefined), 'the end of the machine');
  }

  /** Presses the power button. */
  async pressPower(): Promise<void> {
    const socket = createConnection(join(this.directory, 'qmp'));
    for (const execute of ['qmp_capabilities', 'system_powerdown']) socket.write(`${JSON.stringify({ execute })}\n`);
    await new Promise((resolve, reject) => {
      socket.on('error', reject);
      createInterface({ input: socket }).on('line', (line) => /POWERDOWN/.test(line) && resolve(undefined));
    });
    socket.destroy();
  }

  /** Ends the machine whatever its state. */
  async close(): Promise<void> {
    this.process.kill('SIGKILL');
    await this.end();
    rmSync(this.directory, { recursive: true, force: true });
  }

  async #until<T>(look: () => T | undefined, what: string): Promise<T> {
    return await new Promise<T>((resolve, reject) => {
      const settle = (act: () => void) => {
        clearTimeout(timer);
        this.waiting.delete(check);
        act();
      };
      const fail = (why: string) =>
        settle(() => reject(new Error(`${why} ${what}; it said:\n${this.lines.join('\n')}`)));
      const timer = setTimeout(() => fail('waited in vain for'), PATIENCE);
      const check = () => {
        const found = look();
        if (found !== undefined) settle(() => resolve(found));
        else if (this.ended) fail('the guest ended before');
      };
      this.waiting.add(check);
      check();
    });
  }
}

function overlay(probe: string): Buffer {
  const inittab = readFileSync(
    fileURLToPath(new URL('../../../../vm/image/root/etc/inittab', import.meta.url)),
    'utf8',
  );
  const extra: Entry[] = [
    { path: 'etc/inittab', mode: 0o644, type: 'file', data: Buffer.from(`${inittab}::once:/etc/osmofs/probe\n`) },
    { path: 'etc/osmofs/probe', mode: 0o755, type: 'file', data: Buffer.from(`#!/bin/sh\n${probe}\n`) },
  ];
  const token = new Uint8Array(32).fill(0x5a);
  return bootOverlay({ guest: 'probed', hostname: 'probed-host', token, address: 'unix:/run/nobody', extra });
}
