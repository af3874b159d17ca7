import { mkdirSync } from 'node:fs';
import { single, type Workload } from './workload.js';

/** What one ripgrep run after an `npm install` was seen to ask for in vain. */
const COUNT = 37_000;

/** lstat(2) of names that do not exist: one LOOKUP each, nothing may be remembered. */
export const negative: Workload = {
  name: 'negative',
  title: `${COUNT.toLocaleString('en')} negative lookups`,
  unit: 'seconds',
  limit: { against: 'reference', atMost: 1.4 },
  async prepare({ host }) {
    mkdirSync(`${host}/negative`);
  },
  async run({ dir }, { quick }, timed) {
    const count = quick ? COUNT / 10 : COUNT;
    const raw = await timed('negative', `${dir}/negative`, count);
    return { value: (single(raw, 'seconds') * COUNT) / count, raw };
  },
};
