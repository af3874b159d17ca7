/** The rows of the control API. */
import type { StatsReply } from '../protocol/control.js';
import type { AgentSession } from './agent-session.js';
import type { AgentStatus, Identity, Share, ShareRemoval, Status, StopReply } from './api.js';
import { LastAnswer, type Routes } from './control-api.js';
import { schemas, validate } from './control-schema.js';
import type { Daemon } from './daemon.js';
import { LOCAL_GUEST } from './mount-options.js';
import { Problem } from './problem.js';
import { covering, shareView } from './shares.js';
import { readVersion } from './version.js';

/** How long `status` waits for one agent or mount, ms. */
const STATUS_PATIENCE = 2_000;

export function routes(daemon: Daemon): Routes {
  const { mounts, shares } = daemon;
  return {
    'GET /v1/identity': (): Identity => ({ pid: process.pid, version: readVersion() }),
    'GET /v1/status': () => status(daemon),
    'GET /v1/shares': async (): Promise<Share[]> => (await shares.list()).map(shareView),
    'POST /v1/shares': async (body): Promise<Share> => shareView(await shares.add(validate(schemas.share, body).path)),
    'DELETE /v1/shares': (body) => unshare(daemon, validate(schemas.unshare, body)),
    'GET /v1/mounts': () => mounts.list.map(({ view }) => view),
    'POST /v1/mounts': (body) => mounts.add(validate(schemas.mount, body)),
    'DELETE /v1/mounts': (body) => mounts.remove(validate(schemas.unmount, body)),
    'POST /v1/exec': (body) => daemon.programs.start(validate(schemas.exec, body)),
    'POST /v1/stop': async (body) => {
      const unmounted = await daemon.closeMounts(validate(schemas.stop, body).force);
      const reply: StopReply = { pid: process.pid, unmounted };
      return new LastAnswer(reply, () => void daemon.end('it was asked to'));
    },
  };
}

/** A root goes only when nothing mounted needs it any more. */
async function unshare({ mounts, shares }: Daemon, { path, force }: ShareRemoval): Promise<Share> {
  const { removed, remaining } = await shares.without(path);
  const users = mounts.list.filter(
    ({ attached, servedRoot }) => attached && covering(remaining, servedRoot) === undefined,
  );
  if (users.length > 0 && !force) {
    const names = users.map(({ name }) => name).join(', ');
    const hint = `Unmount first, or: osmofs share rm --force ${removed.path}`;
    throw new Problem('conflict', removed.path, `in use by ${names}`, hint);
  }
  for (const { name, placed } of users) {
    const select = { name, target: placed.target };
    await mounts.remove({ select, lazy: false }).catch(() => mounts.remove({ select, lazy: true }));
  }
  return shareView(await shares.remove(path));
}

async function status(daemon: Daemon): Promise<Status> {
  const [shares, agents, mounts] = await Promise.all([
    daemon.shares.list(),
    Promise.all(daemon.agents.sessions.map(agentNews)),
    Promise.all(
      daemon.mounts.list.map(async (mount) => ({
        superblockId: mount.superblockId,
        view: { ...mount.view, statistics: await mount.statistics(STATUS_PATIENCE) },
      })),
    ),
  ]);
  return {
    daemon: {
      pid: process.pid,
      version: readVersion(),
      since: daemon.since.toISOString(),
      uptimeSeconds: process.uptime(),
      rss: process.memoryUsage.rss(),
      log: daemon.paths.daemonLog,
    },
    shares: shares.map(shareView),
    agents: agents.map((news) => agentStatus(daemon, news)),
    mounts: mounts.map(({ superblockId, view }) => ({
      ...view,
      answeredByAgent: answeredByAgent(superblockId, agents),
    })),
  };
}

/** What an agent says of itself and its mounts; null if it does not. */
interface AgentNews {
  readonly session: AgentSession;
  readonly stats: StatsReply | null;
}

async function agentNews(session: AgentSession): Promise<AgentNews> {
  return { session, stats: await session.statistics(STATUS_PATIENCE).catch(() => null) };
}

function agentStatus({ localGuest }: Daemon, { session, stats }: AgentNews): AgentStatus {
  return {
    guest: session.guest,
    version: session.version,
    protocol: `${session.agreed.major}.${session.agreed.minor}`,
    features: session.agreed.features,
    rss: stats?.rss ?? null,
    pid: session.guest === LOCAL_GUEST ? (localGuest.pid ?? null) : null,
  };
}

function answeredByAgent(id: number, agents: readonly AgentNews[]): number | null {
  const all = agents.flatMap(({ stats }) => stats?.mounts ?? []);
  return all.find(({ mountId }) => mountId === id)?.answered ?? null;
}
