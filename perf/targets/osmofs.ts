import type { Target } from './target.js';
export const osmofs: Target = {
  name: 'osmofs',
  async mount() {
    throw new Error('later');
  },
};
