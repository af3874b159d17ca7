/** Mounts whose agent and servers are in the hands of a test. */
import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import * as fs from 'node:fs';
import { join } from 'node:path';
import type { AgentSession } from '../../../host/agent-session.js';
import type { ExpectedLanes } from '../../../host/agents.js';
import type { Mount, MountRequest } from '../../../host/api.js';
import { type CachePolicy, grant } from '../../../host/cache/policy.js';
import type { Config } from '../../../host/config.js';
import { DescriptorBudget } from '../../../host/descriptor-budget.js';
import type { Served, ServedOptions } from '../../../host/mount-services.js';
import { Mounts, type MountsOptions } from '../../../host/mounts.js';
import { Overlap } from '../../../host/overlap.js';
import type { Problem } from '../../../host/problem.js';
import { Shares } from '../../../host/shares.js';
import type { Bind, Mount as MountMessage, MountReply } from '../../../protocol/control.js';
import { ANNOUNCEMENTS_FEATURE, WRITE_BEHIND } from '../../../protocol/version.js';
import { scratchDirectory } from './scratch-directory.js';

const statistics = {
  requests: {},
  errors: {},
  nodes: 1,
  handles: 0,
  descriptors: 1,
  bytesRead: 0,
  bytesWritten: 0,
  watched: 0,
  unwatched: 0,
  announced: 0,
  injected: 0,
  injectFailed: 0,
  resets: 0,
};

export class FakeServed extends EventEmitter<{ ended: [reason: string]; log: [text: string] }> implements Served {
  readonly lanes: string[] = [];
  grants = { userXattrsOnly: true, flushForLocksOnly: false };
  reason: string | undefined;
  failure: Error | undefined;

  readonly policy: CachePolicy;

  constructor(readonly options: ServedOptions) {
    super();
    this.policy = grant(options.mode, options.told, options.behind && !options.readOnly);
  }

  async open(): Promise<void> {
    if (this.failure !== undefined) throw this.failure;
  }

  attachLane(kind: string): void {
    this.lanes.push(kind);
  }

  shown: readonly number[] = [];

  async rule(): Promise<void> {}

  async show(descriptors: readonly number[]): Promise<void> {
    this.shown = descriptors;
  }

  async statistics() {
    return statistics;
  }

  async end(reason: string): Promise<void> {
    if (this.reason !== undefined) return;
    this.reason = reason;
    this.emit('ended', reason);
  }
}

/** The agent of the local guest; answers as the test wants it to. */
class FakeSession extends EventEmitter<{ mountEnded: [id: number, reason: string]; ended: [reason: string] }> {
  readonly guest = 'local';
  readonly agreed = { features: [ANNOUNCEMENTS_FEATURE, WRITE_BEHIND] };
  ended = false;
  readonly messages: string[] = [];
  onMount: (message: MountMessage) => Promise<Partial<MountReply>> = async () => ({});
  onDrain: (id: number) => Promise<Partial<MountReply>> = async () => ({});
  onBind: (message: Bind) => Promise<Partial<MountReply>> = async () => ({});
  onUnmount: (id: number, lazy: boolean) => Promise<Partial<MountReply>> = async () => ({});

  async mount(message: MountMessage): Promise<MountReply> {
    this.messages.push(`mount ${message.mountId}`);
    return { mountId: message.mountId, errno: 0, message: '', ...(await this.onMount(message)) };
  }

  async drain(mountId: number): Promise<MountReply> {
    this.messages.push(`drain ${mountId}`);
    return { mountId, errno: 0, message: '', ...(await this.onDrain(mountId)) };
  }

  async bind(message: Bind): Promise<MountReply> {
    const { mountId, superblockId, directory, readOnly } = message;
    const what = `${Buffer.from(directory)}${readOnly ? ' read-only' : ''}`;
    this.messages.push(`bind ${mountId} of ${superblockId}: ${what}`);
    return { mountId, errno: 0, message: '', ...(await this.onBind(message)) };
  }

  async unmount(mountId: number, lazy: boolean): Promise<MountReply> {
    this.messages.push(`unmount ${mountId}${lazy ? ' lazily' : ''}`);
    return { mountId, errno: 0, message: '', ...(await this.onUnmount(mountId, lazy)) };
  }

  die(reason: string): void {
    this.ended = true;
    this.emit('ended', reason);
  }
}

/** For `describe`: mounts among fakes, anew for each test. */
export function world() {
  const directory = scratchDirectory();
  const at = (name: string) => join(directory(), name);
  const state = {
    config: {} as Config,
    session: new FakeSession(),
    served: [] as FakeServed[],
    prepare: (_: FakeServed) => {},
    expected: new Map<number, ExpectedLanes>(),
    cleared: [] as string[],
    noSession: undefined as Problem | undefined,
    budget: new DescriptorBudget(256),
    mounts: undefined as unknown as Mounts,
    remembered: [] as readonly Mount[],
    guests: new Map<string, 'connected' | 'known'>(),
    /** paths of the directories that are held, by descriptor */
    held: new Map<number, string>(),
    directories: {
      open: (path: string) => {
        const descriptor = Math.max(0, ...state.held.keys()) + 1;
        state.held.set(descriptor, path);
        return descriptor;
      },
      close: (descriptor: number) => void state.held.delete(descriptor),
    },
    /** guests whose agents show parts of superblocks */
    binds: new Set<string>(),
    options: (): MountsOptions => ({
      shares: new Shares(at('config.json'), [directory()]),
      config: () => state.config,
      budget: state.budget,
      log: () => {},
      directories: state.directories,
      overlap: new Overlap(state.directories),
      session: async () => {
        if (state.noSession !== undefined) throw state.noSession;
        return state.session as unknown as AgentSession;
      },
      expectLanes: (id, lanes) => {
        state.expected.set(id, lanes);
        return () => state.expected.delete(id);
      },
      serve: async (options) => {
        const served = new FakeServed(options);
        state.prepare(served);
        state.served.push(served);
        return served;
      },
      clearAway: async ({ guest, target }) => {
        state.cleared.push(`${guest} ${target}`);
      },
      guestState: (guest) => state.guests.get(guest) ?? 'unknown',
      binds: (guest) => state.binds.has(guest),
      wantedFile: at('guest-mounts.json'),
      changed: (mounts) => {
        state.remembered = mounts;
      },
    }),
  };
  beforeEach(() => {
    for (const name of ['src', 'other', 'dst', 'dst2']) fs.mkdirSync(at(name));
    const fresh = {
      config: {},
      session: new FakeSession(),
      served: [],
      expected: new Map(),
      cleared: [],
      remembered: [],
      guests: new Map(),
      binds: new Set<string>(),
      held: new Map<number, string>(),
    };
    Object.assign(state, fresh, { noSession: undefined, prepare: () => {}, budget: new DescriptorBudget(256) });
    state.mounts = new Mounts(state.options());
  });
  const request = (more: Partial<MountRequest> = {}): MountRequest => ({
    source: at('src'),
    target: at('dst'),
    ...more,
  });
  /** Nothing of any mount is left on our side. */
  const assertNothingLeft = () => {
    assert.deepEqual(state.mounts.list, []);
    assert.deepEqual([...state.expected], []);
    assert.ok(
      state.served.every(({ reason }) => reason !== undefined),
      'all servers have ended',
    );
    assert.equal(state.session.listenerCount('mountEnded') + state.session.listenerCount('ended'), 0);
    assert.deepEqual(state.remembered, []);
    assert.deepEqual([...state.held], [], 'directories that are held');
    assert.equal(state.budget.take(), 96, 'the descriptors are given back');
    state.budget.give(96);
  };
  return { state, at, request, assertNothingLeft };
}
