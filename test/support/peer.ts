/**
 * Another process that makes system calls on request, so that what takes two processes is deterministic: the caller sees
 * a call finish ({@link Peer.do}), or sees that it waits ({@link Pending.blocked}), and nobody sleeps.
 *
 * Everything here is synchronous and bounded by PATIENCE; a peer that gives no answer is killed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { addon } from '../native-syscalls/index.js';
import type { Action, Arguments, Result } from './actions.js';
import { PATIENCE } from './patience.js';
import * as sys from './sys.js';
import { decode, encode } from './wire.js';

interface Answer {
  id: number;
  began?: boolean;
  result?: unknown;
  error?: { syscall: string; errno: number; detail: string };
  failure?: string;
}

export interface PeerOptions {
  /** who it is; the same as this process if absent */
  identity?: sys.Identity;
  /** descriptors it gets as 3, 4, … (the same open file descriptions) */
  inherit?: number[];
  /** argv that starts a peer elsewhere, its standard input and output being ours */
  command?: string[];
}

/** argv of a peer on this machine. */
export const localPeer = [process.execPath, new URL('./peer-main.js', import.meta.url).pathname];

/** A call that was started and may not have finished. */
export class Pending<A extends Action> {
  constructor(
    private readonly peer: Peer,
    private readonly id: number,
    private readonly name: string,
  ) {}

  /** Whether it has finished by now. */
  finished(): boolean {
    return this.peer.answered(this.id, 0);
  }

  /**
   * Waits until the peer sleeps in the system call; throws if it finished instead. `barrier` makes sure that what the
   * call asked for has been looked at; after it, the call must still be waiting.
   */
  blocked(systemCall: string, barrier: () => void): this {
    const end = Date.now() + PATIENCE;
    while (!this.peer.sleepsIn(systemCall)) {
      if (this.peer.answered(this.id, 1)) break;
      if (Date.now() > end) throw new Error(`the peer never came to wait in ${systemCall}: ${this.peer.where()}`);
    }
    barrier();
    if (!this.finished()) return this;
    let how = 'success';
    try {
      this.finish();
    } catch (error) {
      how = (error as Error).message;
    }
    throw new Error(`${this.name} should have waited in ${systemCall}, but finished with: ${how}`);
  }

  /** Waits for the end; what the call returned or threw. */
  finish(): Result<A> {
    return this.peer.take(this.id, this.name) as Result<A>;
  }
}

export class Peer {
  readonly pid: number;
  private readonly child: ChildProcess;
  private readonly requests: number;
  private readonly answers: number;
  private readonly ended: Promise<void>;
  private readonly arrived = new Map<number, Answer>();
  private readonly open = new Set<number>();
  private text = '';
  private lastId = 0;
  private dead = false;
  /** argv that starts a peer where this one is, if that is another machine */
  private readonly command: string[] | undefined;
  private beside: Peer | undefined;

  constructor(options: PeerOptions = {}) {
    this.command = options.command;
    const [childIn, requests] = sys.pipe();
    const [answers, childOut] = sys.pipe();
    const [command, ...args] = options.command ?? localPeer;
    const stdio = [childIn, childOut, 'inherit' as const, ...(options.inherit ?? [])];
    this.child = spawn(command!, args, { stdio });
    this.ended = new Promise((resolve) => {
      this.child.once('exit', () => resolve());
      this.child.once('error', () => resolve());
    });
    sys.close(childIn);
    sys.close(childOut);
    this.requests = sys.disown(requests);
    this.answers = sys.disown(answers);
    this.open.add(0);
    this.pid = this.take(0, 'start') as number;
    if (options.identity) this.do('become', options.identity);
  }

  /** Makes the call there and waits for it. Throws the SysError that it threw there. */
  do<A extends Action>(name: A, ...args: Arguments<A>): Result<A> {
    return this.take(this.send(name, args, false), name) as Result<A>;
  }

  /** Starts the call; returns when the peer is about to make it. */
  start<A extends Action>(name: A, ...args: Arguments<A>): Pending<A> {
    const id = this.send(name, args, true);
    this.wait(() => this.began.has(id), name);
    return new Pending<A>(this, id, name);
  }

  private readonly began = new Set<number>();

  /** Sends a signal to its main thread. */
  signal(signal: NodeJS.Signals): void {
    sys.tgkill(this.pid, signal);
  }

  /** Kills it and waits until the kernel has taken its descriptors and locks away. */
  kill(): void {
    this.dead = true;
    this.child.kill('SIGKILL');
    this.gone();
  }

  /** Waits for the end of the process, which something else causes. */
  gone(): void {
    this.dead = true;
    const fd = sys.pidfd(this.child.pid!);
    const ready = sys.readable([fd], PATIENCE);
    sys.close(fd);
    if (ready.length === 0) throw new Error(`peer ${this.pid} does not end: ${this.where()}`);
  }

  /** Signal that ended the process, `null` for an ordinary end. */
  async deathSignal(): Promise<NodeJS.Signals | null> {
    await this.end();
    return this.child.signalCode;
  }

  /** Can serve another case after `reset`. */
  get reusable(): boolean {
    return !this.dead && this.open.size === 0;
  }

  /** Ends the process, by force if it is busy, and reaps it. */
  async end(): Promise<void> {
    await this.beside?.end();
    this.beside = undefined;
    if (this.open.size > 0 && !this.dead) this.child.kill('SIGKILL');
    if (this.requestsOpen) sys.call('close', this.requests);
    this.requestsOpen = false;
    const timer = setTimeout(() => this.child.kill('SIGKILL'), PATIENCE);
    await this.ended;
    clearTimeout(timer);
    if (this.answersOpen) sys.call('close', this.answers);
    this.answersOpen = false;
    this.dead = true;
  }

  private requestsOpen = true;
  private answersOpen = true;

  /** Whether the main thread sleeps in that system call (man 5 proc, /proc/pid/syscall). */
  sleepsIn(systemCall: string): boolean {
    const [number] = this.proc('syscall').split(' ');
    const state = this.proc('stat').replace(/^.*\) /, '')[0];
    return number === String(addon.numbers[systemCall]) && (state === 'S' || state === 'D');
  }

  /** For messages: where in the kernel it is. */
  where(): string {
    const number = Number(this.proc('syscall').split(' ')[0]);
    const name = Object.entries(addon.numbers).find(([, value]) => value === number)?.[0] ?? 'no system call';
    return `process ${this.pid} is in ${name}, ${this.proc('wchan') || 'running'}`;
  }

  private proc(file: string): string {
    const name = `/proc/${this.pid}/${file}`;
    try {
      if (this.command === undefined) return readFileSync(name, 'utf8').trim();
      // Its /proc is where it runs, and it may be in the middle of a call: another one there has to look.
      this.beside ??= new Peer({ command: this.command });
      return this.beside.do('readFile', name).toString('utf8').trim();
    } catch {
      return '';
    }
  }

  /** Whether the answer is there within so many milliseconds. */
  answered(id: number, milliseconds: number): boolean {
    if (!this.arrived.has(id)) this.receive(milliseconds);
    return this.arrived.has(id);
  }

  take(id: number, name: string): unknown {
    this.wait(() => this.arrived.has(id), name);
    const answer = this.arrived.get(id)!;
    this.arrived.delete(id);
    this.open.delete(id);
    if (answer.error) throw new sys.SysError(answer.error.syscall, answer.error.errno, answer.error.detail);
    if (answer.failure) throw new Error(`peer ${this.pid}: ${answer.failure}`);
    return answer.result;
  }

  private send(name: string, args: unknown[], announce: boolean): number {
    const id = ++this.lastId;
    this.open.add(id);
    let rest = Buffer.from(encode({ id, name, args, announce }));
    while (rest.length > 0) rest = rest.subarray(sys.write(this.requests, rest));
    return id;
  }

  private wait(condition: () => boolean, name: string): void {
    const end = Date.now() + PATIENCE;
    while (!condition()) {
      const left = end - Date.now();
      if (left > 0 && this.receive(left)) continue;
      if (this.dead) throw new Error(`the peer ended instead of answering ${name}`);
      const where = this.where();
      this.kill();
      throw new Error(`no answer to ${name} within ${PATIENCE} ms: ${where}`);
    }
  }

  /** Takes what has come; false if nothing came or the peer is gone. */
  private receive(milliseconds: number): boolean {
    if (sys.readable([this.answers], milliseconds).length === 0) return false;
    const some = sys.read(this.answers, 65536);
    if (some.length === 0) {
      this.dead = true;
      return false;
    }
    const lines = (this.text + some.toString('utf8')).split('\n');
    this.text = lines.pop()!;
    for (const line of lines) {
      const answer = decode(line) as Answer;
      if (answer.began) this.began.add(answer.id);
      else this.arrived.set(answer.id, answer);
    }
    return true;
  }
}
