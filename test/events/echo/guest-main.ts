/**
 * The program that works in the guest and watches what it is told of its own work: `node guest-main.js`, then {@link GuestRequests} on
 * standard input. It reads its events after each operation. The kernel queues what an operation causes before the call returns, so
 * each event is that operation's, and nothing is merged or not as it happens.
 */
import * as sys from '../../support/sys.js';
import { readTree } from '../../support/trees.js';
import { Cookies, linesOf } from '../lines.js';
import { type Later, serve } from '../serve.js';
import { type Watch, Watches } from '../watches.js';
import { operate, World } from './operations.js';
import type { GuestRequests } from './protocol.js';
import { Random } from './random.js';

const watches = new Watches<Watch>();
const cookies = new Cookies();
const told = () => linesOf(watches.take(), cookies, { merge: false });

let world: World;
let done = 0;

/** Every directory is watched, and every fourth file itself. */
function watch(name: string, type: 'directory' | 'file'): void {
  if (type === 'directory' || world.random.below(4) === 0)
    watches.add({ label: name, path: name === '.' ? world.root : world.at(name), late: false });
}

const requests: { [K in keyof GuestRequests]: (...args: Parameters<GuestRequests[K]>) => unknown } = {
  begin({ dir, seed }) {
    world = new World(dir, new Random(seed), watch);
    watch('.', 'directory');
  },

  work({ count, disturbance }) {
    const lines: string[] = [];
    for (const end = done + count; done < end; done++) {
      if (done === disturbance) sys.touch(world.root);
      lines.push(`${done} ${operate(world)}`);
      watches.drain();
      for (const line of told()) lines.push(`  ${line}`);
    }
    return lines;
  },

  finish() {
    for (const { fd } of world.open.splice(0)) sys.close(fd);
    watches.drain();
    return told();
  },

  until({ cookies: wanted, milliseconds }): Later {
    const deadline = performance.now() + milliseconds;
    return {
      deadline,
      settle() {
        const missing = wanted.filter((name) => !watches.arrived.has(name));
        return missing.length > 0 && performance.now() < deadline ? undefined : { lines: told(), missing };
      },
    };
  },

  tree: () => readTree(world.root),
};

serve(requests, { fd: watches.fd, ready: watches.drain });
