/** The behaviours on a plain directory: is the test right? */
import { bareDirectory } from '../support/bare-directory.js';
import { loadCases, under } from './cases.js';
import { register } from './register.js';

register('behaviour of a plain directory', under('strict', await loadCases()), bareDirectory);
