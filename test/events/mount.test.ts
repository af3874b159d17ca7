/** The matrix on mounts of this machine: is what the host changes told in the guest as if it had been changed there? */
import { register } from './register.js';
import { judged, targets } from './targets/index.js';

// Whether the guest keeps what it has seen or not makes no difference to the views: they are judged once.
for (const [i, name] of judged.entries())
  register(`events of a mount, ${name}`, targets[name], (kind) => i === 0 || kind.objects || kind.recursive);
