/** osmofs vm exec [NAME] -- PROGRAM [ARGUMENT…] */
import { constants as numbers } from 'node:os';
import { Errno } from '../../../protocol/errno.js';
import { EXEC_PROTOCOL, type ExecReply, type ExecRequest, Route } from '../../api.js';
import { Problem } from '../../problem.js';
import type { OsmofsCommand } from '../command.js';
import type { Context } from '../context.js';
import { ExecStream, type ProgramEnd } from '../exec-stream.js';
import { ensureDaemon } from '../start-daemon.js';
import { DEFAULT_VM, vmName } from './vm/names.js';

interface Flags {
  readonly interactive?: true;
  readonly tty?: true;
  readonly env?: readonly string[];
  readonly workdir?: string;
}

/** Exit codes beside the program's own, as docker's: a failure of ours; one that cannot be run; none of that name. */
const OURS = 125;
const NOT_RUNNABLE = 126;
const NO_PROGRAM = 127;
/** A shell adds the signal to this. */
const SIGNALLED = 128;

/** Of this process, passed on to the program: those that mean the same everywhere. */
const SIGNALS = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM'] as const;

/** Adds the command to `osmofs vm`. */
export function exec(vm: OsmofsCommand, context: Context): void {
  const command = vm
    .command('exec')
    .summary('run a program in a virtual machine')
    .description(
      'Runs a program in the virtual machine NAME and exits as it does: with its code, or 128 and the number of the signal\n' +
        'that ended it; 127 if there is no such program, 126 if it cannot be run, 125 if osmofs fails.',
    )
    .argument('[words...]', `[NAME] -- PROGRAM [ARGUMENT...]; NAME is ${DEFAULT_VM} if left out`)
    .option('-i, --interactive', 'pass standard input on')
    .option('-t, --tty', 'give it a terminal')
    .option('-e, --env <name=value>', 'set a variable (repeatable)', (value, all: string[] = []) => [...all, value])
    .option('-w, --workdir <directory>', 'where it runs, an absolute path (default: its home)')
    .examples(
      ['osmofs vm exec -- ls /mnt/site', 'in the default machine'],
      ['osmofs vm exec -it work -- sh', 'a shell in the machine work'],
    );
  command.action(async (words: readonly string[], flags: Flags) => {
    const request = execRequest(words, wordsBehindDashes(command), flags, process.stdout);
    try {
      await ensureDaemon(context);
      context.exitCode = await run(request, context);
    } catch (error) {
      context.output.fail(error);
      context.exitCode = OURS;
    }
  });
}

/** How many words stand behind `--`, or undefined without one. */
function wordsBehindDashes(command: OsmofsCommand): number | undefined {
  let root: OsmofsCommand = command;
  while (root.parent !== null) root = root.parent as OsmofsCommand;
  const { rawArgs } = root as OsmofsCommand & { readonly rawArgs: readonly string[] };
  const at = rawArgs.indexOf('--');
  return at < 0 ? undefined : rawArgs.length - at - 1;
}

/** @param size of the terminal, if it is one. @throws Problem 'usage' */
export function execRequest(
  words: readonly string[],
  behindDashes: number | undefined,
  flags: Flags,
  size: { readonly rows?: number; readonly columns?: number },
): ExecRequest {
  const usage = (what: string) => new Problem('usage', 'vm exec', what, 'Write: osmofs vm exec [NAME] -- PROGRAM …');
  if (behindDashes === undefined) throw usage('no -- before the program');
  const names = words.slice(0, words.length - behindDashes);
  const argv = words.slice(words.length - behindDashes);
  if (names.length > 1) throw usage(`more than one name before -- (${names.join(', ')})`);
  if ((argv[0] ?? '') === '') throw usage('no program behind --');
  const { env = [], workdir = '', tty = false, interactive = false } = flags;
  for (const variable of env) if (!/^[^=]+=/.test(variable)) throw usage(`${variable} is not NAME=VALUE`);
  if (workdir !== '' && !workdir.startsWith('/')) throw usage(`${workdir} is not an absolute path`);
  const term = tty ? [`TERM=${process.env.TERM ?? 'xterm'}`] : [];
  return {
    guest: vmName(names[0] ?? DEFAULT_VM),
    argv,
    env: [...term, ...env],
    cwd: workdir,
    stdin: interactive,
    tty,
    rows: size.rows ?? 24,
    columns: size.columns ?? 80,
  };
}

/** @returns exit code */
async function run(request: ExecRequest, context: Context): Promise<number> {
  const { ticket, errno, message } = await context.client.request<ExecReply>('POST', Route.EXEC, request);
  if (errno !== 0) {
    const missing = errno === Errno.ENOENT;
    context.output.fail(new Problem(missing ? 'not-found' : 'guest-failed', request.argv[0]!, message));
    return missing ? NO_PROGRAM : NOT_RUNNABLE;
  }
  const { socket, early } = await context.client.upgrade(`${Route.EXEC}/${ticket}`, EXEC_PROTOCOL);
  const { stdin, stdout, stderr } = process;
  const input = request.stdin ? stdin : undefined;
  const raw = request.tty && input?.isTTY === true;
  // First the signals: who has seen the first byte of the program's may send one.
  const undo = [
    ...SIGNALS.map((name) => listen(process, name, () => stream.signal(numbers.signals[name]))),
    listen(stdout, 'resize', () => stream.resize(stdout.rows, stdout.columns)),
  ];
  const stream = new ExecStream(socket, early, { input, output: stdout, error: stderr });
  // The terminal of the program does what this one does otherwise: echo, lines, signals of keys.
  if (raw) input.setRawMode(true);
  try {
    return exitCode(await stream.ended);
  } finally {
    if (raw) input.setRawMode(false);
    for (const step of undo) step();
    input?.destroy();
  }
}

function listen(emitter: NodeJS.EventEmitter, event: string, listener: () => void): () => void {
  emitter.on(event, listener);
  return () => emitter.off(event, listener);
}

function exitCode({ code, signal }: ProgramEnd): number {
  return signal === 0 ? code : SIGNALLED + signal;
}
