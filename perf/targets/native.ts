import type { Target } from './target.js';

/** The directory itself: what no file system in between could beat. */
export const native: Target = {
  name: 'native',
  async mount({ host }) {
    return {
      target: 'native',
      dir: host,
      host,
      servers: () => [],
      nodes: async () => undefined,
      requests: async () => undefined,
      end: async () => {},
    };
  },
};
