/** Entry of the command line; bin/osmofs has made sure that this is compiled. */
import { CommanderError } from 'commander';
import { ExitCode } from '../problem.js';
import { type Context, processContext } from './context.js';
import { FORMATS } from './output.js';
import { createProgram } from './program.js';

/** @returns the exit code */
export async function run(argv: readonly string[], context: Context): Promise<number> {
  // A usage error is found before commander knows the format, and has to be printed in it all the same.
  context.output.format = formatIn(argv);
  const program = createProgram(context);
  if (argv.length === 0) {
    context.output.stderr.write(program.helpInformation());
    return ExitCode.USAGE;
  }
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return context.exitCode;
  } catch (error) {
    // Help and version have been printed, and commander ends by throwing.
    if (error instanceof CommanderError && error.exitCode === 0) return ExitCode.OK;
    return context.output.fail(error);
  }
}

function formatIn(argv: readonly string[]): (typeof FORMATS)[number] {
  const end = argv.indexOf('--');
  const words = end < 0 ? argv : argv.slice(0, end);
  const said = words.flatMap((word, at) =>
    word === '--format' ? [words[at + 1]] : word.startsWith('--format=') ? [word.slice('--format='.length)] : [],
  );
  return FORMATS.find((format) => format === said.at(-1)) ?? 'table';
}

export async function main(argv: readonly string[]): Promise<void> {
  // `osmofs ls | head -1`: the reader has what it wanted.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(ExitCode.OK);
    throw error;
  });
  process.exitCode = await start(argv);
}

async function start(argv: readonly string[]): Promise<number> {
  return run(argv, processContext(process.stdout, process.stderr));
}
