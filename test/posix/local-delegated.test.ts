/**
 * What may be acknowledged before the host has it must not be seen to be: the behaviours of data, sizes and times on a mount whose
 * agent writes behind.
 */
import { localMount } from '../support/local-mount.js';
import { loadCases, under } from './cases.js';
import { register } from './register.js';

/** By the first word of their files' names. */
const ABOUT =
  /^(append|copy|direct|fallocate|fsync|ftruncate|lock|locks|lseek|mmap|o-trunc|open|read|seek|sync|truncate|utimens|write)(-|$)/;

const cases = under('strict', await loadCases()).filter(({ slug }) => ABOUT.test(slug));
register('data on a local mount, delegated', cases, () => localMount('strict', 'delegated'));
