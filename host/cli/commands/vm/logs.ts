/** osmofs vm logs: what the guest printed, read off its file; needs no daemon. */
import { closeSync, existsSync, fstatSync, openSync, readFileSync, readSync, statSync, watch } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { printableLines } from '../../../../vm/console-log.js';
import { Problem } from '../../../problem.js';
import type { Context } from '../../context.js';
import type { VmCommand } from './index.js';
import { filesOf } from './list.js';
import { VM_ARGUMENT } from './names.js';
import { parseCount } from './size.js';

interface Flags {
  readonly lines: string;
  readonly follow?: true;
}

export const logs: VmCommand = (group, context) => {
  group
    .command('logs')
    .summary('what a VM printed on its console')
    .description(
      'Prints the last lines of a VM’s console, also of one that has ended. Control characters are left out.',
    )
    .argument(...VM_ARGUMENT)
    .option('-n, --lines <n>', 'how many lines', '100')
    .option('-f, --follow', 'go on with what comes')
    .examples(['osmofs vm logs', 'the last 100 lines'], ['osmofs vm logs -f -n 0', 'what comes from now on'])
    .action(async (name: string, flags: Flags) => {
      const file = logFile(name, context);
      const count = parseCount(flags.lines, '--lines');
      const fd = openSync(file, 'r');
      const content = readFileSync(fd);
      // Who follows sees every line once: what comes from here on, and a line that has just begun, is left to that.
      const end = flags.follow === true ? content.lastIndexOf('\n') + 1 : content.length;
      context.output.print(tailOf(file, content.toString('utf8', 0, end), count), (all) => all.join('\n'));
      if (flags.follow === true) await follow(file, fd, end, context);
    });
};

/** @throws Problem if there is no such VM, or it has printed nothing yet */
export function logFile(name: string, context: Context): string {
  const { config, consoleLog } = filesOf(name, context);
  if (!existsSync(config))
    throw new Problem('not-found', `VM ${name}`, 'there is none', `Make it: osmofs vm start ${name}`);
  if (!existsSync(consoleLog)) throw new Problem('not-found', `VM ${name}`, 'it has printed nothing yet', 'Start it');
  return consoleLog;
}

/** From the file's content, and from the file before it if that is too short. */
function tailOf(file: string, content: string, count: number): string[] {
  if (count === 0) return [];
  const lines = printableLines(content);
  const older = `${file}.1`;
  const before = lines.length < count && existsSync(older) ? printableLines(readFileSync(older, 'utf8')) : [];
  return [...before, ...lines].slice(-count);
}

/** Until it is interrupted, or the reader goes away. `fd`: the file, which has been shown up to the byte `at` */
async function follow(file: string, fd: number, at: number, { output }: Context): Promise<never> {
  // A character may come in two pieces.
  const decoder = new StringDecoder('utf8');
  const buffer = Buffer.alloc(64 * 1024);
  let rest = '';
  const read = () => {
    for (;;) {
      const count = readSync(fd, buffer, 0, buffer.length, at);
      if (count === 0) break;
      at += count;
      const cut = (rest + decoder.write(buffer.subarray(0, count))).split('\n');
      rest = cut.pop()!;
      for (const line of cut) for (const text of printableLines(line)) output.line(text);
    }
    // Rotated: the rest of the old one has been read.
    const named = statSync(file, { throwIfNoEntry: false });
    if (named === undefined || named.ino === fstatSync(fd).ino) return;
    closeSync(fd);
    fd = openSync(file, 'r');
    at = 0;
    read();
  };
  return await new Promise<never>((_, reject) => {
    const watcher = watch(file.slice(0, file.lastIndexOf('/')), () => {
      try {
        read();
      } catch (error) {
        watcher.close();
        reject(error);
      }
    });
    read();
  });
}
