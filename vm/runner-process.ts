/**
 * The process of a VM: `node dist/vm/runner.js DIRECTORY`. Descriptor 3, if it is open, is where the one who started
 * us waits for `started` or a failure as JSON; its end without either is a crash. stdout and stderr are runner.log.
 */
import { closeSync, writeSync } from 'node:fs';
import { os } from '../native/index.js';
import { platform, SOCKET_PATH_LIMIT } from '../native/platform.js';
import { VmFailure } from './failure.js';
import { vmFiles } from './files.js';
import type { OpenDevice } from './runner-device.js';
import { Supervisor } from './supervisor.js';

const NEWS = 3;

async function main(directory: string, open: OpenDevice): Promise<void> {
  process.umask(0o077);
  process.chdir('/');
  const files = vmFiles(directory, process.geteuid?.() ?? 0, SOCKET_PATH_LIMIT[platform]);
  const log = (level: string, text: string) => console.log(`${new Date().toISOString()} ${level} ${text}`);
  const flock = (fd: number, operation: number) => os.flock(fd, operation);
  const vm = await Supervisor.start({ files, flock, openDevice: open, log });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => vm.kill(`${signal} received`));
  process.on('SIGHUP', () => {});
  const defect = (error: unknown) => {
    log('error', `a defect: ${error instanceof Error ? error.stack : error}`);
    vm.kill('a defect of osmofs');
  };
  process.on('uncaughtException', defect).on('unhandledRejection', defect);
  tell('started');
  await vm.ended();
  process.exit(0);
}

function tell(news: 'started' | VmFailure): void {
  try {
    const text = typeof news === 'string' ? news : JSON.stringify({ ...news, message: news.message });
    writeSync(NEWS, text);
    closeSync(NEWS);
  } catch {
    // Nobody waits.
  }
}

/** @param open the device; another one in tests */
export async function run(directory: string | undefined, open: OpenDevice): Promise<void> {
  try {
    if (directory === undefined) throw new VmFailure('bad-config', 'runner', 'no directory is named');
    await main(directory, open);
  } catch (error) {
    console.error(error);
    const message = error instanceof Error ? error.message : String(error);
    tell(error instanceof VmFailure ? error : new VmFailure('failed', 'runner', message));
    process.exit(1);
  }
}
