import { mkdirSync, writeFileSync } from 'node:fs';
import { memory } from '../processes.js';
import { single, type Workload } from './workload.js';

const DIRECTORIES = 1000;

/** Resident memory of every process of the server once the kernel holds 100,000 nodes after a walk. */
export const resident: Workload = {
  name: 'resident',
  title: 'resident memory with 100,000 cached nodes',
  unit: 'bytes',
  needsServer: true,
  anew: true,
  limit: { against: 'itself', atMost: 150 * (1 << 20) },
  async prepare({ host }, { quick }) {
    const files = quick ? 10 : 100;
    for (let d = 0; d < DIRECTORIES; d++) {
      mkdirSync(`${host}/walk/d${d}`, { recursive: true });
      for (let f = 0; f < files; f++) writeFileSync(`${host}/walk/d${d}/f${f}`, '');
    }
  },
  async run(mounted, _scale, timed) {
    const walk = await timed('walk', `${mounted.dir}/walk`);
    const nodes = await mounted.nodes();
    const walked = single(walk, 'count');
    if (nodes !== undefined && nodes < walked) {
      throw new Error(`${mounted.target} holds ${nodes} nodes after a walk over ${walked}: the kernel forgot some`);
    }
    const used = memory(mounted.servers());
    return { value: used.rss, raw: { ...walk, nodes, ...used } };
  },
};
