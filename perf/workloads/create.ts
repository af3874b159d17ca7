import { mkdirSync, rmSync } from 'node:fs';
import { single, type Workload } from './workload.js';

const BYTES = 4096;

/** open(O_CREAT|O_EXCL) + write + close: LOOKUP, CREATE, WRITE, FLUSH and RELEASE for each file. */
export const create: Workload = {
  name: 'create',
  title: 'create, write 4 KiB, close',
  unit: 'ns',
  limit: { against: 'reference', atMost: 1.4 },
  async run({ dir }, { quick }, timed) {
    const count = quick ? 500 : 5000;
    const place = `${dir}/create`;
    mkdirSync(place);
    try {
      const raw = await timed('create', place, count, BYTES);
      return { value: (single(raw, 'seconds') * 1e9) / count, raw };
    } finally {
      // Through the mount, so that the kernel forgets these nodes and the server can.
      rmSync(place, { recursive: true });
    }
  },
};
