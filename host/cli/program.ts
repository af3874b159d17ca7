/** The command tree. One file per command registers itself; help, completion and usage errors follow from the tree. */
import { readVersion } from '../version.js';
import { choice, OsmofsCommand } from './command.js';
import { completion } from './commands/completion.js';
import { daemon } from './commands/daemon.js';
import { doctor } from './commands/doctor.js';
import { ls } from './commands/ls.js';
import { mount } from './commands/mount.js';
import { share } from './commands/share.js';
import { status } from './commands/status.js';
import { umount } from './commands/umount.js';
import { vm } from './commands/vm/index.js';
import type { Context } from './context.js';
import { FORMATS, type Format } from './output.js';

export type Register = (program: OsmofsCommand, context: Context) => void;

const COMMANDS: readonly Register[] = [mount, umount, ls, status, share, vm, daemon, doctor, completion];

export function createProgram(context: Context): OsmofsCommand {
  const program = new OsmofsCommand('osmofs');
  program
    .description('Shares a host directory with a Linux guest and its containers.')
    .version(readVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .addOption(choice('--format <format>', 'how results and errors are printed', FORMATS).default('table'))
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => context.output.stdout.write(text),
      writeErr: (text) => context.output.stderr.write(text),
    })
    .exitOverride()
    .showSuggestionAfterError()
    .hook('preAction', () => {
      context.output.format = program.opts<{ format: Format }>().format;
    })
    .examples(
      ['osmofs mount ~/site:/mnt/site', 'share ~/site, see it at /mnt/site'],
      ['osmofs ls', 'what is mounted'],
      ['osmofs umount /mnt/site', 'take it away'],
      ['osmofs status --format json', 'everything the daemon knows'],
    );
  for (const register of COMMANDS) register(program, context);
  return program;
}
