/** osmofs daemon start|stop|status */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type Identity, Route, type StopReply } from '../../api.js';
import { createDirectories } from '../../paths.js';
import { ExitCode } from '../../problem.js';
import type { Context } from '../context.js';
import type { Register } from '../program.js';
import { DAEMON_ENTRY, ensureDaemon, identity, NODE_OPTIONS } from '../start-daemon.js';

export const daemon: Register = (program, context) => {
  const group = program
    .command('daemon')
    .summary('start, stop or look at the daemon')
    .description('The daemon serves the mounts. One runs per user; `osmofs mount` starts it by itself.');

  group
    .command('start')
    .summary('start the daemon')
    .description('Starts the daemon in the background; does nothing if it runs.')
    .option('--foreground', 'stay in front, log to stderr, end with Ctrl-C')
    .examples(['osmofs daemon start', 'in the background'])
    .action(async (flags: { foreground?: true }) => {
      if (flags.foreground === true) context.exitCode = await foreground(context);
      else {
        context.output.print(await ensureDaemon(context), ({ pid, started }) =>
          started ? `daemon started, pid ${pid}` : `daemon already runs, pid ${pid}`,
        );
      }
    });

  group
    .command('stop')
    .summary('unmount everything and end the daemon')
    .description(
      'Unmounts everything, ends the agents, and returns when the daemon is gone. Refused while a mount is busy.',
    )
    .option('--force', 'detach busy mounts; programs that use them get errors')
    .examples(['osmofs daemon stop', 'if nothing is busy'])
    .action(async (flags: { force?: true }) => {
      const stop = { force: flags.force === true };
      const options = { patience: STOP_PATIENCE, untilClosed: true };
      const reply = await context.client.request<StopReply>('POST', Route.STOP, stop, options);
      context.output.print(reply, ({ pid, unmounted }) =>
        [...unmounted.map((name) => `${name}: unmounted`), `daemon stopped, pid ${pid}`].join('\n'),
      );
    });

  group
    .command('status')
    .summary('whether the daemon runs')
    .description('Says whether the daemon runs; the exit code is 3 if not.')
    .examples(['osmofs daemon status', 'for people and scripts'])
    .action(async () => {
      const running = await identity(context);
      if (running === undefined) context.exitCode = ExitCode.NOT_RUNNING;
      context.output.print({ running: running !== undefined, ...running }, statusText);
    });
};

/** Unmounting may have to wait for the host's disk. */
const STOP_PATIENCE = 180_000;

function statusText({ running, pid, version }: { running: boolean } & Partial<Identity>): string {
  return running ? `daemon runs, pid ${pid}, version ${version}` : 'daemon not running';
}

/** A process of its own all the same: the daemon should not carry the command line's code. */
async function foreground(context: Context): Promise<number> {
  createDirectories(context.paths);
  const child = spawn(process.execPath, [...NODE_OPTIONS, DAEMON_ENTRY, '--foreground'], {
    stdio: 'inherit',
    cwd: '/',
  });
  const forward = (signal: NodeJS.Signals) => child.kill(signal);
  // A terminal's Ctrl-C reaches the child by itself; the handlers keep us here until it has ended.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, forward);
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? ExitCode.FAILURE;
}
