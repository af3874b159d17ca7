/** `osmofs vm exec` and nothing else: what a test runs against a control socket of its own. */

import { OsmofsCommand } from '../../../host/cli/command.js';
import { exec } from '../../../host/cli/commands/exec.js';
import { processContext } from '../../../host/cli/context.js';

const context = processContext(process.stdout, process.stderr);
const program = new OsmofsCommand('osmofs').exitOverride();
exec(program.command('vm') as OsmofsCommand, context);
try {
  await program.parseAsync(process.argv.slice(2), { from: 'user' });
  process.exitCode = context.exitCode;
} catch (error) {
  process.exitCode = context.output.fail(error);
}
