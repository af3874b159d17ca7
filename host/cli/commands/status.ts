/** osmofs status */
import { type AgentStatus, type MountStatistics, Route, type Status } from '../../api.js';
import { bytes, duration, type Output, type Table } from '../output.js';
import type { Register } from '../program.js';
import { modeText } from './ls.js';
import { shareTable } from './share.js';

export const status: Register = (program, context) => {
  program
    .command('status')
    .summary('what the daemon does')
    .description('Shows the daemon, its agents, the share roots, and each mount with its counters.')
    .examples(['osmofs status', 'for people'], ['osmofs status --format json', 'everything, with counts per operation'])
    .action(async () => {
      const found = await context.client.request<Status>('GET', Route.STATUS);
      if (context.output.format === 'json') context.output.json(found);
      else printStatus(found, context.output);
    });
};

function printStatus({ daemon, agents, shares, mounts }: Status, output: Output): void {
  const { pid, version, uptimeSeconds, rss, log } = daemon;
  output.line(`daemon ${version}, pid ${pid}, up ${duration(uptimeSeconds)}, ${bytes(rss)} resident, log ${log}`);
  output.line('');
  for (const table of [agentTable(agents), shareTable(shares), mountTable(mounts)]) {
    if (table.rows.length === 0) continue;
    output.stdout.write('\n');
    output.table(table);
  }
  const remarks = mounts.flatMap(({ name, statistics }) => remarksOn(name, statistics));
  if (remarks.length > 0) output.stdout.write('\n');
  for (const remark of remarks) output.line(remark);
}

/** What somebody should know who relies on the host being watched. */
function remarksOn(name: string, statistics: MountStatistics | null): string[] {
  if (statistics === null) return [];
  const { unwatched, resets, injectFailed } = statistics;
  const times = (count: number) => (count === 1 ? 'once' : `${count} times`);
  return [
    ...(unwatched > 0
      ? [`${name}: ${times(unwatched)} a directory could not be watched; what is in it is not cached (why: daemon.log)`]
      : []),
    ...(resets > 0 ? [`${name}: events of the host were lost ${times(resets)}; everything was compared then`] : []),
    ...(injectFailed > 0
      ? [`${name}: the guest could not be told of a change ${times(injectFailed)}; its caches are right`]
      : []),
  ];
}

function agentTable(agents: readonly AgentStatus[]): Table {
  return {
    head: ['AGENT', 'VERSION', 'PROTOCOL', 'PID', 'RESIDENT'],
    rows: agents.map((agent) => [
      agent.guest,
      agent.version,
      agent.protocol,
      agent.pid === null ? '-' : String(agent.pid),
      agent.rss === null ? '-' : bytes(agent.rss),
    ]),
  };
}

function mountTable(mounts: Status['mounts']): Table {
  return {
    head: ['MOUNT', 'TARGET', 'MODE', 'STATE', 'REQUESTS', 'ERRORS', 'NODES', 'HANDLES', 'READ', 'WRITTEN'],
    rows: mounts.map(({ name, target, consistency, state, statistics }) => [
      name,
      target,
      modeText(consistency),
      state,
      ...counters(statistics),
    ]),
  };
}

function counters(statistics: MountStatistics | null): string[] {
  if (statistics === null) return ['-', '-', '-', '-', '-', '-'];
  const { requests, errors, nodes, handles, bytesRead, bytesWritten } = statistics;
  return [sum(requests), sum(errors), String(nodes), String(handles), bytes(bytesRead), bytes(bytesWritten)];
}

function sum(counts: Readonly<Record<string, number>>): string {
  return String(Object.values(counts).reduce((total, count) => total + count, 0));
}
