/** A VM's directory with a double of QEMU, and the runner's processes in it ended after each test. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { os } from '../../../../native/index.js';
import { type VmFiles, vmFiles } from '../../../../vm/files.js';
import { writeLaunch } from '../../../../vm/launch.js';
import { isHeld } from '../../../../vm/lock.js';
import { endOrphan } from '../../../../vm/recover.js';
import { startRunner, type Watched, watchRunner } from '../../../../vm/runner-client.js';
import { scratchDirectory } from '../../host/scratch-directory.js';

const FAKE = fileURLToPath(new URL('./fake-qemu.js', import.meta.url));
export const RUNNER = fileURLToPath(new URL('./runner-main.js', import.meta.url));

export const flock = (fd: number, operation: number) => os.flock(fd, operation);

export interface VmWorld {
  readonly files: VmFiles;
  /** @param commandLine of the kernel, which tells the double how to behave */
  start(commandLine?: string): Promise<Watched>;
}

/**
 * Writes an executable of that name that is the double.
 *
 * @param word how it behaves, in place of the kernel's command line. @returns its path
 */
export function installFakeQemu(directory: string, word?: string): string {
  const program = `${directory}/qemu-system-x86_64`;
  const words = word === undefined ? 'process.argv.slice(2)' : `[...process.argv.slice(2), '-append', '${word}']`;
  const script = `import(${JSON.stringify(FAKE)}).then(({ fakeQemu }) => fakeQemu(${words}));`;
  writeFileSync(program, `#!${process.execPath}\n${script}\n`, { mode: 0o755 });
  return program;
}

/** For `describe`. */
export function vmWorld(): VmWorld {
  const scratch = scratchDirectory();
  let files: VmFiles;
  beforeEach(() => {
    files = vmFiles(`${scratch()}/vm`, process.geteuid!(), 107);
    mkdirSync(files.directory, { mode: 0o700 });
  });
  afterEach(async () => {
    if (isHeld(files.lock, flock)) await endOrphan(files, flock);
  });
  return {
    get files() {
      return files;
    },
    async start(commandLine = 'quiet') {
      const program = installFakeQemu(scratch());
      writeLaunch(files.launch, {
        name: 'test',
        cid: 3,
        machine: {
          hypervisor: 'qemu',
          program,
          name: 'test',
          architecture: 'x86_64',
          machine: 'q35',
          accelerator: 'tcg',
          memoryBackend: 'memfd',
          cpus: 1,
          memoryMiB: 128,
          kernel: '/k',
          initrd: '/i',
          commandLine,
          sockets: files.sockets,
          dataDisk: null,
        },
      });
      await startRunner(files, RUNNER);
      return await watchRunner(files.control);
    },
  };
}
