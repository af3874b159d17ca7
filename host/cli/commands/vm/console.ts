/** osmofs vm console: the terminal as the VM's console. */
import { openConsole } from '../../../../vm/runner-client.js';
import { Problem } from '../../../problem.js';
import { withProblems } from '../../../vm-problem.js';
import type { VmCommand } from './index.js';
import { filesOf } from './list.js';
import { VM_ARGUMENT } from './names.js';

/** Ctrl-], as telnet(1) has it. */
const ESCAPE = 0x1d;

export const console: VmCommand = (group, context) => {
  group
    .command('console')
    .summary('attach to a VM’s console')
    .description(
      'Connects the terminal to the console of a VM that runs. Ctrl-] leaves it. osmofs’s own guest prints there and reads nothing: ' +
        'for a shell, osmofs vm exec -it -- sh.',
    )
    .argument(...VM_ARGUMENT)
    .examples(['osmofs vm console', 'the VM named default'])
    .action(async (name: string) => {
      const { control } = filesOf(name, context);
      const socket = await withProblems(() => openConsole(control)).catch((error) => {
        throw new Problem('not-running', `VM ${name}`, 'it does not run', `Start it: osmofs vm start ${name}`, {
          cause: error,
        });
      });
      if (process.stdin.isTTY) context.output.note(`${name}: attached; Ctrl-] leaves`);
      await attach(socket);
    });
};

async function attach(socket: Awaited<ReturnType<typeof openConsole>>): Promise<void> {
  const { stdin, stdout } = process;
  const raw = stdin.isTTY;
  if (raw) stdin.setRawMode(true);
  try {
    await new Promise<void>((resolve) => {
      const input = (bytes: Buffer) => {
        const at = raw ? bytes.indexOf(ESCAPE) : -1;
        if (at < 0) return void socket.write(bytes);
        socket.end(bytes.subarray(0, at));
        resolve();
      };
      socket.on('data', (bytes: Buffer) => {
        if (!stdout.write(bytes)) socket.pause();
      });
      stdout.on('drain', () => socket.resume());
      socket
        .on('close', resolve)
        .on('error', () => resolve())
        .resume();
      // What a pipe says is typed; that it ends does not end the console of a VM.
      stdin.on('data', input);
    });
  } finally {
    if (raw) stdin.setRawMode(false);
    stdin.pause();
    socket.destroy();
  }
}
