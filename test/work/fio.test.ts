import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { compared } from './support/compared.js';
import { run } from './support/run.js';

/** Name → how the bytes go: through the page cache, past it, through a shared mapping, several at once. */
const JOBS: Readonly<Record<string, readonly string[]>> = {
  buffered: ['--ioengine=psync', '--bsrange=512-128k', '--bs_unaligned=1', '--fsync=64'],
  direct: ['--ioengine=psync', '--direct=1', '--bsrange=4k-1m'],
  mapped: ['--ioengine=mmap', '--bs=4k', '--fsync=256'],
  queued: ['--ioengine=libaio', '--direct=1', '--iodepth=16', '--bs=16k'],
};
const SIZE = 32 << 20;

interface Result {
  readonly jobs: readonly { readonly error: number; readonly write: { readonly io_bytes: number } }[];
}

async function fio(directory: string, name: string, how: readonly string[]): Promise<Result> {
  const common = [`--name=${name}`, `--directory=${directory}`, '--rw=randwrite', `--size=${SIZE}`, '--randseed=1'];
  const verify = ['--verify=crc32c', '--verify_fatal=1', '--verify_dump=0', '--output-format=json'];
  return JSON.parse(await run('fio', [...common, ...verify, ...how], { cwd: directory })) as Result;
}

const hash = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex');

compared(
  'fio: random writes, verified by checksum',
  async ({ dir, host, remount }) => {
    const place = `${dir}/fio`;
    mkdirSync(place);
    const seen: string[] = [];
    for (const [name, how] of Object.entries(JOBS)) {
      // Writes and then reads back what it wrote: a wrong block is an error of the job.
      const { jobs } = await fio(place, name, how);
      for (const job of jobs) seen.push(`${name}: error ${job.error}, ${job.write.io_bytes} bytes written`);
    }
    await remount();
    for (const [name, how] of Object.entries(JOBS)) {
      // The same sequence of offsets again, only read: what is there came from the host.
      const { jobs } = await fio(place, name, [...how, '--verify_only=1']);
      for (const job of jobs) seen.push(`${name} again: error ${job.error}`);
      const file = `fio/${name}.0.0`;
      seen.push(`${name}: ${hash(`${dir}/${file}`) === hash(`${host}/${file}`) ? 'same' : 'not the same'} on the host`);
    }
    return seen;
  },
  { timeout: 600_000 },
);
