/** osmofs vm … */
import type { OsmofsCommand } from '../../command.js';
import type { Context } from '../../context.js';
import type { Register } from '../../program.js';
import { exec } from '../exec.js';
import { console } from './console.js';
import { logs } from './logs.js';
import { rm } from './rm.js';
import { start } from './start.js';
import { ls, status } from './status.js';
import { stop } from './stop.js';

/** Adds a command to `osmofs vm`. */
export type VmCommand = (group: OsmofsCommand, context: Context) => void;

const COMMANDS: readonly VmCommand[] = [start, stop, status, ls, exec, console, logs, rm];

export const vm: Register = (program, context) => {
  const group = program
    .command('vm')
    .summary('run virtual machines that directories can be shared with')
    .description('Virtual machines with the agent in them. Directories are shared with: osmofs mount --guest NAME.');
  for (const add of COMMANDS) add(group as OsmofsCommand, context);
};
