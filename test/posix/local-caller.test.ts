/** The behaviours that concern identity, on a mount where things belong to whoever asks. */
import { localMount } from '../support/local-mount.js';
import { loadCases, under } from './cases.js';
import { register } from './register.js';

const cases = under('caller', await loadCases());
register('behaviour of a local mount, ownership caller', cases, () => localMount('caller'));
