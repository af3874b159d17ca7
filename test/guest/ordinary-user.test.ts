import assert from 'node:assert/strict';
import { accessSync, chownSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { InjectKind } from '../../protocol/announce.js';
import { LogLevel } from '../../protocol/control.js';
import { Errno } from '../../protocol/errno.js';
import { barrier, invalidateEntry } from '../support/announcements.js';
import { Agent, Caller, Workshop } from './support/agent-process.js';
import { describeUnless, obstacleToMounts } from './support/mountable.js';
import { ScriptedHost } from './support/scripted-host.js';

const NOBODY = 65534;
const asNobody = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];

function programInPath(name: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((directory) => {
    try {
      accessSync(join(directory, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Why an ordinary user cannot mount here, or null. */
function obstacle(): string | null {
  if (!programInPath('fusermount3')) return 'fusermount3 is not installed (package fuse3)';
  return (statSync('/dev/fuse').mode & 0o006) === 0o006 ? null : '/dev/fuse is closed to ordinary users here';
}

const why = obstacleToMounts() ?? (programInPath('setpriv') ? null : 'setpriv is not installed (package util-linux)');

describeUnless(why, 'an agent that is not root', () => {
  let shop: Workshop;
  beforeEach(async () => {
    shop = await Workshop.open();
    for (const path of [shop.directory, shop.socket, shop.tokenFile]) chownSync(path, NOBODY, NOBODY);
  });
  afterEach(async () => await shop.close());

  async function agentOfNobody(environment: readonly string[] = []): Promise<Agent> {
    const node = [process.execPath, ...shop.agentArguments(['--token-file', shop.tokenFile])];
    const [program, ...args] = [...asNobody, 'env', ...environment, ...node];
    const agent = new Agent(shop.run(program!, args));
    await Promise.race([shop.daemon.until('connection'), agent.ended]);
    return agent;
  }

  function pointOfNobody(): string {
    const point = shop.point();
    chownSync(point, NOBODY, NOBODY);
    return point;
  }

  it('says which package it needs', async () => {
    await agentOfNobody(['PATH=/nonexistent']);
    const reply = await shop.daemon.ask(shop.daemon.mountMessage(1, pointOfNobody()));
    assert.ok(reply.type === 'mountReply' && reply.errno === Errno.ENOENT);
    assert.match(reply.message, /fusermount3 is missing: .* install the package fuse3/);
  });

  describeUnless(why ?? obstacle(), 'with fusermount3', () => {
    const stat = (path: string) =>
      new Caller(shop.run(asNobody[0]!, [...asNobody.slice(1), 'stat', '-c', '%F', path])).ended;

    it('mounts, serves and unmounts', async () => {
      await agentOfNobody();
      const point = pointOfNobody();
      const reply = await shop.daemon.ask(
        shop.daemon.mountMessage(1, point, { source: '/a, b\\c', allowOther: false }),
      );
      assert.deepEqual(reply, { type: 'mountReply', mountId: 1, errno: 0, message: '' });
      assert.match(shop.mounts()[0]!, / rw,nosuid,nodev[ ,].* - fuse\.osmofs \/a,\\040b\\134c rw,user_id=65534/);
      assert.equal((await stat(point)).code, 0);
      const unmounted = await shop.daemon.ask({ type: 'unmount', mountId: 1, lazy: false });
      assert.deepEqual(unmounted, { type: 'unmountReply', mountId: 1, errno: 0, message: '' });
      assert.deepEqual(shop.mounts(), []);
    });

    it('mounts for its user alone where it may not show the mount to others, and says so', async () => {
      await agentOfNobody();
      const warned = shop.daemon.until('envelope', ({ body }) => body.type === 'log' && body.level === LogLevel.WARN);
      const point = pointOfNobody();
      const reply = await shop.daemon.ask(shop.daemon.mountMessage(1, point, { allowOther: true }));
      assert.ok(reply.type === 'mountReply' && reply.errno === 0);
      if (shop.mounts()[0]!.includes('allow_other')) return;
      const [{ body }] = await warned;
      assert.ok(body.type === 'log' && /only this user sees the mount/.test(body.text));
    });

    it('carries out notifications, and injects nothing', async () => {
      await agentOfNobody();
      const host = new ScriptedHost(shop.daemon);
      const point = pointOfNobody();
      const reply = await shop.daemon.ask(shop.daemon.mountMessage(1, point, { allowOther: false }));
      assert.ok(reply.type === 'mountReply' && reply.errno === 0);
      host.directory(host.root, 'dir');
      assert.equal((await stat(join(point, 'dir'))).code, 0);
      assert.equal(await host.inject({ kind: InjectKind.STAGE, name: 'dir' }), Errno.EPERM);
      assert.equal(await host.send(barrier, invalidateEntry(1n, 'dir')), 0);
      const unmounted = await shop.daemon.ask({ type: 'unmount', mountId: 1, lazy: false });
      assert.deepEqual(unmounted, { type: 'unmountReply', mountId: 1, errno: 0, message: '' });
    });

    it('refuses a directory that is not its own', async () => {
      await agentOfNobody();
      const reply = await shop.daemon.ask(shop.daemon.mountMessage(1, shop.point(), { allowOther: false }));
      assert.ok(reply.type === 'mountReply' && reply.errno === Errno.EACCES);
      assert.match(reply.message, /fusermount3: .*no write access/);
    });

    it('unmounts when the daemon goes away', async () => {
      const agent = await agentOfNobody();
      const reply = await shop.daemon.ask(shop.daemon.mountMessage(1, pointOfNobody(), { allowOther: false }));
      assert.ok(reply.type === 'mountReply' && reply.errno === 0);
      await shop.daemon.close();
      assert.equal((await agent.ended).code, 69);
      assert.deepEqual(shop.mounts(), []);
    });
  });
});
