/**
 * The behaviours on mounts of this machine whose guest keeps what it has seen, and opens and closes by itself: whatever does not ask
 * for the host's changes at once, nor for its locks, is as everywhere.
 */
import { localMount } from '../support/local-mount.js';
import { loadCases, under } from './cases.js';
import { register } from './register.js';

const all = await loadCases();
for (const ownership of ['strict', 'caller'] as const)
  register(`behaviour of a local mount, cached, ownership ${ownership}`, under(ownership, all), () =>
    localMount(ownership, 'cached'),
  );
