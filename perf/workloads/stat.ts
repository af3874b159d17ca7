import { mkdirSync, writeFileSync } from 'node:fs';
import { median } from '../statistics.js';
import { numbers, type Workload } from './workload.js';

const LIMIT = { against: 'reference', atMost: 1.4 } as const;
const NAMES = 1000;

/** fstat(2) of an open file: exactly one GETATTR where validities are zero. */
export const fstat: Workload = {
  name: 'fstat',
  title: 'fstat of an open file',
  unit: 'ns',
  limit: LIMIT,
  async prepare({ host }) {
    writeFileSync(`${host}/fstat`, 'x');
  },
  async run({ dir }, { quick }, timed) {
    const raw = await timed('fstat', `${dir}/fstat`, quick ? 2000 : 20_000);
    return { value: median(numbers(raw, 'samples')), raw };
  },
};

/** lstat(2) of one path: a LOOKUP to revalidate the name, then a GETATTR. */
export const stat: Workload = {
  name: 'stat',
  title: 'stat of one path',
  unit: 'ns',
  limit: LIMIT,
  async prepare({ host }) {
    writeFileSync(`${host}/stat`, 'x');
  },
  async run({ dir }, { quick }, timed) {
    const raw = await timed('stat', `${dir}/stat`, quick ? 2000 : 20_000);
    return { value: median(numbers(raw, 'samples')), raw };
  },
};

/** As `stat`, over a thousand names of one directory in turn. */
export const statNames: Workload = {
  name: 'stat-names',
  title: `stat of ${NAMES} names in turn`,
  unit: 'ns',
  limit: LIMIT,
  async prepare({ host }) {
    mkdirSync(`${host}/names`);
    for (let i = 0; i < NAMES; i++) writeFileSync(`${host}/names/f${String(i).padStart(6, '0')}`, 'x');
  },
  async run({ dir }, { quick }, timed) {
    const raw = await timed('stat-names', `${dir}/names`, NAMES, quick ? 2 : 20);
    return { value: median(numbers(raw, 'samples')), raw };
  },
};
