/** What tests of announcements work with: an agent, a host that is a script, one directory of it, and inotify. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { promises } from 'node:fs';
import { InjectKind } from '../../../protocol/announce.js';
import { S_IFREG } from '../../../protocol/linux.js';
import { type Agent, Caller, Workshop } from './agent-process.js';
import { type Node, ScriptedHost } from './scripted-host.js';
import { Watching } from './watching.js';

/** For a script of `waiting`: it has done what it should, and stays. */
export const READY = 'echo ready && exec sleep 600';

export class Announcing {
  shop!: Workshop;
  agent!: Agent;
  host!: ScriptedHost;
  /** `/dir` of the host */
  directory!: Node;
  watching!: Watching;

  /** Anew for each test of the suite. */
  constructor() {
    beforeEach(async () => {
      this.shop = await Workshop.open();
      this.agent = await this.shop.agent();
      this.host = new ScriptedHost(this.shop.daemon);
      this.host.validity = 3600n;
      this.directory = this.host.directory(this.host.root, 'dir');
      this.watching = new Watching();
    });
    afterEach(async () => {
      await this.watching.close();
      await this.shop.close();
    });
  }

  /** A new file in the directory and its announcement: 0 or a positive errno. */
  async create(name: string): Promise<number> {
    const { host, directory } = this;
    host.add(directory, name);
    const call = { kind: InjectKind.MKNOD, parent: directory.id, name, mode: S_IFREG | 0o644 };
    return await host.inject(call, { names: { [`${directory.id}/${name}`]: undefined } });
  }

  async run(program: string, ...args: string[]): Promise<void> {
    const { code, stderr } = await new Caller(this.shop.run(program, args)).ended;
    assert.equal(code, 0, stderr);
  }

  /** A shell that is done with its script up to {@link READY}. */
  async waiting(program: string, ...args: string[]): Promise<Caller> {
    const child = this.shop.run(program, args);
    const caller = new Caller(child);
    const ended = caller.ended.then(({ stderr }) => assert.fail(stderr));
    await Promise.race([once(child.stdout!, 'data'), ended]);
    // Its end later on is what it is killed for.
    ended.catch(() => undefined);
    return caller;
  }

  async unmount(lazy: boolean, mountId = 1): Promise<{ readonly errno: number; readonly message: string }> {
    const answer = await this.shop.daemon.ask({ type: 'unmount', mountId, lazy });
    assert.ok(answer.type === 'unmountReply');
    return { errno: answer.errno, message: answer.message };
  }
}

/** true, or why not. */
export async function exists(path: string): Promise<true | string> {
  return await promises.lstat(path).then(
    () => true as const,
    (error) => error.code as string,
  );
}
