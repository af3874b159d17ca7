import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { single, type Timed, type Workload } from './workload.js';

const LIMIT = { against: 'reference', atLeast: 0.8 } as const;
const MIB = 1 << 20;

const total = (quick: boolean) => (quick ? 128 : 1024) * MIB;
const size = (block: number) => (block >= MIB ? `${block / MIB} MiB` : `${block / 1024} KiB`);

/** A writeback left over from the sample before must not fall into the next one's time. */
function settle(): void {
  execFileSync('sync');
}

async function throughput(timed: Timed, args: (string | number)[]) {
  const raw = await timed(...args);
  return { value: single(raw, 'bytes') / single(raw, 'seconds'), raw };
}

/** A new file of 1 GiB, open to close; compared byte by byte on the host afterwards. */
export function sequentialWrite(block: number): Workload {
  const name = `write-${block / 1024}k`;
  return {
    name,
    title: `write 1 GiB in blocks of ${size(block)}`,
    unit: 'bytes/s',
    limit: LIMIT,
    async run({ dir, host }, { quick }, timed) {
      settle();
      try {
        const sample = await throughput(timed, ['write', `${dir}/${name}`, total(quick), block]);
        await timed('verify', `${host}/${name}`, total(quick), block);
        return sample;
      } finally {
        rmSync(`${dir}/${name}`, { force: true });
      }
    },
  };
}

/** 1 GiB from the start: in the host's page cache, not in the guest's. Each block's place is checked, then each byte. */
export function sequentialRead(block: number): Workload {
  const name = `read-${block / 1024}k`;
  return {
    name,
    title: `read 1 GiB in blocks of ${size(block)}`,
    unit: 'bytes/s',
    limit: LIMIT,
    async prepare({ host }, { quick }, timed) {
      await timed('write', `${host}/${name}`, total(quick), block);
      settle();
      await timed('verify', `${host}/${name}`, total(quick), block);
    },
    async run({ dir, host }, { quick }, timed) {
      const drop = dir === host ? 0 : 1;
      const sample = await throughput(timed, ['read', `${dir}/${name}`, total(quick), block, drop]);
      await timed('verify', `${dir}/${name}`, total(quick), block);
      return sample;
    },
  };
}
