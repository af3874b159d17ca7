/** The control session as the agent keeps it: what the daemon asks for, and what it has to be told. */
import {
  type Bind as BindRequest,
  type Body,
  type Drain,
  type Envelope,
  type Exec,
  LogLevel,
  type Mount as MountRequest,
  type Unmount,
} from '../protocol/control.js';
import { Errno } from '../protocol/errno.js';
import { ProtocolError } from '../protocol/error.js';
import { BINDS } from '../protocol/version.js';
import { LinkError } from './address.js';
import { Bind } from './bind.js';
import { MountFailure } from './failure.js';
import { HiddenPlace } from './hidden-place.js';
import type { Link } from './link.js';
import { type Mount, notKept } from './mount.js';
import { readMounts } from './mountinfo.js';
import { openMount } from './open-mount.js';
import { switchOff } from './power.js';
import { Program } from './program.js';
import { Stream } from './stream.js';

/** What the daemon may do with this guest. */
export interface Abilities {
  /** the guest is a virtual machine of its own */
  readonly vm: boolean;
  /** program that switches it off */
  readonly powerOff: string | undefined;
}

export interface SessionEnd {
  /** `asked`: by the daemon's Bye or by `finish`; `gone`: the daemon is not there any more; `off`: so is soon the guest */
  readonly how: 'asked' | 'gone' | 'off';
  /** a clause, or '' */
  readonly reason: string;
  /** mount points that had to be given up because the daemon is gone */
  readonly lost: readonly string[];
}

export class Session {
  /** Settles when all mounts are gone; never rejects. */
  readonly ended: Promise<SessionEnd>;
  readonly #link: Link;
  readonly #abilities: Abilities;
  readonly #mounts = new Map<number, Mount>();
  /** Mounts that are being made. */
  readonly #opening = new Map<number, Promise<Mount>>();
  /** Mounts whose end is the answer to a message that waits for it. */
  readonly #quiet = new Set<Mount | Bind>();
  readonly #binds = new Map<number, Bind>();
  readonly #binding = new Map<number, Promise<Bind>>();
  readonly #hidden = new HiddenPlace();
  #over = false;
  #settle!: (end: SessionEnd | Promise<SessionEnd>) => void;

  constructor(link: Link, abilities: Abilities) {
    this.#link = link;
    this.#abilities = abilities;
    this.ended = new Promise((resolve) => {
      this.#settle = resolve;
    });
    link.listen({
      message: (envelope) => this.#take(envelope),
      ended: (reason) => this.#lose(reason),
    });
  }

  /** Ends everything in good order, once. */
  finish(reason: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#settle(this.#leave(reason));
  }

  #take({ id, body }: Envelope): void {
    switch (body.type) {
      case 'mount':
        void this.#mount(id, body);
        break;
      case 'bind':
        void this.#bind(id, body);
        break;
      case 'unmount':
        void this.#unmount(id, body);
        break;
      case 'statsRequest': {
        const mounts = [...this.#mounts.values()].map((mount) => mount.stats());
        this.#link.send({ type: 'statsReply', mounts, rss: process.memoryUsage.rss() }, id);
        break;
      }
      case 'drain':
        void this.#drain(id, body);
        break;
      case 'ping':
        this.#link.send({ type: 'pong' }, id);
        break;
      case 'powerOff':
        void this.#powerOff(id);
        break;
      case 'exec':
        void this.#exec(id, body);
        break;
      case 'bye':
        this.finish(body.reason);
        break;
      case 'pong':
      case 'log':
        break;
      default:
        throw new ProtocolError(`the daemon sent ${body.type}, which only an agent may send`);
    }
  }

  async #mount(id: number, request: MountRequest): Promise<void> {
    const { mountId } = request;
    const reply = (errno: number, message: string) =>
      this.#link.send({ type: 'mountReply', mountId, errno, message: clip(message) }, id);
    if (this.#over) return reply(Errno.ESHUTDOWN, 'the agent is about to end');
    if (this.#has(mountId)) return reply(Errno.EEXIST, `mount ${mountId} exists already`);
    const opening = this.#open(request);
    this.#opening.set(mountId, opening);
    try {
      const mount = await opening;
      this.#keep(mount);
      reply(0, '');
      if (mount.warning !== '') this.#log(LogLevel.WARN, `${mount.target}: ${mount.warning}`);
    } catch (error) {
      const failure = failureOf(error);
      reply(failure.errno, failure.message);
    } finally {
      this.#opening.delete(mountId);
    }
  }

  #has(id: number): boolean {
    return this.#mounts.has(id) || this.#opening.has(id) || this.#binds.has(id) || this.#binding.has(id);
  }

  async #open(request: MountRequest): Promise<Mount> {
    const { vm } = this.#abilities;
    if (request.target.length > 0) return await openMount(request, this.#link, vm);
    if (!this.#link.agreed.features.includes(BINDS)) throw new MountFailure(Errno.EINVAL, 'it has no mount point');
    const { mountId } = request;
    const place = await this.#hidden.take(mountId);
    try {
      const mount = await openMount(request, this.#link, vm, place);
      mount.onMountsChanged(() => void this.#lookAfterBinds());
      void mount.ended.then(() => this.#hidden.give(mountId));
      return mount;
    } catch (error) {
      await this.#hidden.give(mountId);
      throw error;
    }
  }

  async #bind(id: number, request: BindRequest): Promise<void> {
    const { mountId, superblockId } = request;
    const reply = (errno: number, message: string) =>
      this.#link.send({ type: 'bindReply', mountId, errno, message: clip(message) }, id);
    if (this.#over) return reply(Errno.ESHUTDOWN, 'the agent is about to end');
    if (this.#has(mountId)) return reply(Errno.EEXIST, `mount ${mountId} exists already`);
    const superblock = this.#mounts.get(superblockId);
    if (superblock === undefined) return reply(Errno.ENOENT, `there is no superblock ${superblockId}`);
    const binding = Bind.make(request, superblock, this.#abilities.vm);
    this.#binding.set(mountId, binding);
    try {
      this.#keepBind(await binding);
      reply(0, '');
    } catch (error) {
      const failure = failureOf(error);
      reply(failure.errno, failure.message);
    } finally {
      this.#binding.delete(mountId);
    }
  }

  #keepBind(bind: Bind): void {
    this.#binds.set(bind.id, bind);
    void bind.ended.then((reason) => {
      this.#binds.delete(bind.id);
      if (!this.#quiet.has(bind)) this.#tellEnd(bind, reason);
    });
  }

  /** Somebody in the guest may have unmounted one. */
  async #lookAfterBinds(): Promise<void> {
    const before = [...this.#binds.values()];
    if (before.length === 0) return;
    const entries = await readMounts();
    for (const bind of before) bind.look(entries);
  }

  #keep(mount: Mount): void {
    this.#mounts.set(mount.id, mount);
    void mount.ended.then((reason) => {
      this.#mounts.delete(mount.id);
      if (mount.lost !== '') this.#log(LogLevel.ERROR, `${mount.target}: ${mount.lost}`);
      if (!this.#quiet.has(mount)) this.#tellEnd(mount, reason);
    });
  }

  async #unmount(id: number, { mountId, lazy }: Unmount): Promise<void> {
    const reply = (errno: number, message: string) =>
      this.#link.send({ type: 'unmountReply', mountId, errno, message: clip(message) }, id);
    await this.#opening.get(mountId)?.catch(() => undefined);
    await this.#binding.get(mountId)?.catch(() => undefined);
    const bind = this.#binds.get(mountId);
    if (bind !== undefined) return await this.#unbind(bind, lazy, reply);
    const mount = this.#mounts.get(mountId);
    if (mount === undefined) return reply(Errno.ENOENT, `there is no mount ${mountId}`);
    this.#quiet.add(mount);
    try {
      await this.#unbindAll(mount);
      if (await mount.unmount(lazy)) return reply(0, '');
      reply(0, 'it is still used, and ends with its last user');
    } catch (error) {
      const failure = MountFailure.from(error);
      reply(failure.errno, failure.message);
    }
    this.#quiet.delete(mount);
    if (!this.#mounts.has(mountId)) this.#tellEnd(mount, await mount.ended);
  }

  async #drain(id: number, { mountId }: Drain): Promise<void> {
    const reply = (errno: number, message: string) =>
      this.#link.send({ type: 'drainReply', mountId, errno, message }, id);
    const mount = this.#mounts.get(mountId);
    if (mount === undefined) return reply(Errno.ENOENT, `there is no mount ${mountId}`);
    const errno = await mount.drain();
    reply(errno, errno === 0 ? '' : notKept(errno));
  }

  async #unbind(bind: Bind, lazy: boolean, reply: (errno: number, message: string) => void): Promise<void> {
    this.#quiet.add(bind);
    try {
      await bind.unmount(lazy);
      reply(0, '');
    } catch (error) {
      this.#quiet.delete(bind);
      const failure = MountFailure.from(error);
      reply(failure.errno, failure.message);
      if (!this.#binds.has(bind.id)) this.#tellEnd(bind, await bind.ended);
    }
  }

  /** A superblock that goes takes what it shows along. */
  async #unbindAll(superblock?: Mount): Promise<void> {
    const late = [...this.#binding.values()].map((binding) => binding.catch(() => undefined));
    await Promise.all(late);
    const binds = [...this.#binds.values()].filter(
      (bind) => superblock === undefined || bind.superblock === superblock,
    );
    await Promise.all(binds.map((bind) => bind.unmount(true).catch(() => {})));
  }

  async #exec(id: number, request: Exec): Promise<void> {
    const { execId, execSecret } = request;
    const reply = (errno: number, message: string) =>
      this.#link.send({ type: 'execReply', execId, errno, message: clip(message) }, id);
    if (!this.#abilities.vm) return reply(Errno.EPERM, 'this agent runs no programs');
    if (this.#over) return reply(Errno.ESHUTDOWN, 'the agent is about to end');
    try {
      const connection = await this.#link.stream(execId, execSecret);
      try {
        new Stream(connection, await Program.start(request));
      } catch (error) {
        connection.destroy();
        throw error;
      }
      reply(0, '');
    } catch (error) {
      const failure = failureOf(error);
      reply(failure.errno, failure.message);
    }
  }

  async #powerOff(id: number): Promise<void> {
    const reply = (errno: number, message: string) =>
      this.#link.send({ type: 'powerOffReply', errno, message: clip(message) }, id);
    const { powerOff } = this.#abilities;
    if (powerOff === undefined) return reply(Errno.EPERM, 'this guest is not switched off by its agent');
    if (this.#over) return reply(Errno.ESHUTDOWN, 'the agent is about to end');
    this.#over = true;
    await this.#unbindAll();
    await this.#all((mount) => mount.close('the guest is switched off'));
    const failure = await switchOff(powerOff).then(
      () => undefined,
      (error) => MountFailure.from(error),
    );
    if (failure === undefined) reply(0, '');
    else reply(failure.errno, failure.message);
    const how = failure === undefined ? 'off' : 'asked';
    this.#settle(this.#farewell('the guest is switched off').then(() => ({ how, reason: '', lost: [] })));
  }

  #tellEnd(mount: Mount | Bind, reason: string): void {
    this.#link.send({ type: 'mountEnded', mountId: mount.id, reason: clip(reason) });
  }

  #log(level: LogLevel, text: string): void {
    this.#link.send({ type: 'log', level, text });
  }

  async #leave(reason: string): Promise<SessionEnd> {
    await this.#unbindAll();
    await this.#all((mount) => mount.close('the agent ends'));
    await this.#farewell(reason);
    return { how: 'asked', reason, lost: [] };
  }

  async #farewell(reason: string): Promise<void> {
    this.#link.send({ type: 'bye', reason: clip(reason) } satisfies Body);
    await this.#link.close();
  }

  #lose(reason: string): void {
    if (this.#over) return;
    this.#over = true;
    const lost: string[] = [];
    const shown = [...this.#binds.values()];
    lost.push(...shown.map(({ target }) => target));
    const superblocks = new Set(shown.map(({ superblock }) => superblock));
    const giveUp = async (mount: Mount) => {
      if (!superblocks.has(mount)) lost.push(mount.target);
      await mount.abort('the daemon is gone');
    };
    this.#settle(this.#all(giveUp).then(() => ({ how: 'gone', reason, lost })));
  }

  /** Ends what there is and what is still being made. */
  async #all(end: (mount: Mount) => Promise<void>): Promise<void> {
    const ready = [...this.#mounts.values()].map(end);
    const late = [...this.#opening.values()].map((opening) => opening.then(end, () => undefined));
    await Promise.all([...ready, ...late]);
    await Promise.all([...this.#binding.values()].map((binding) => binding.catch(() => undefined)));
    await Promise.all([...this.#binds.values()].map(({ ended }) => ended));
    await this.#hidden.settled();
  }
}

function failureOf(error: unknown): MountFailure {
  return error instanceof LinkError ? new MountFailure(Errno.EIO, error.message) : MountFailure.from(error);
}

/** Reasons quote what others wrote; a message has a limit. */
function clip(text: string): string {
  return text.slice(0, 4096).replaceAll('\0', '');
}
