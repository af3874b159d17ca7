/** The matrix on mounts of this machine: is what the host changes told in the guest as if it had been changed there? */
import { register } from './register.js';
import { judged, targets } from './targets/index.js';

for (const name of judged) register(`events of a mount, ${name}`, targets[name]);
