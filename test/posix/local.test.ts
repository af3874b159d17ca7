/** The behaviours on a mount of this machine, as POSIX has them: is the server right? */
import { localMount } from '../support/local-mount.js';
import { loadCases, under } from './cases.js';
import { register } from './register.js';

const cases = under('strict', await loadCases());
register('behaviour of a local mount, ownership strict', cases, () => localMount('strict'));
