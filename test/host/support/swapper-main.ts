/**
 * A host process that exchanges two names as fast as it can, until told to stop with one of them in a known place. Over
 * the IPC channel: {one, two, hold} starts; 'stop' → leaves `one` as it was and answers 'stopped'.
 */
import { renameSync } from 'node:fs';

interface Order {
  readonly one: string;
  readonly two: string;
  /** a third name, for the moment between */
  readonly hold: string;
}

let running = false;
let order: Order;

function swap(): void {
  renameSync(order.one, order.hold);
  renameSync(order.two, order.one);
  renameSync(order.hold, order.two);
}

function work(): void {
  // An even number of swaps: then everything is where it was.
  for (let i = 0; i < 64; i++) swap();
  if (running) setImmediate(work);
  else process.send?.('stopped');
}

process.on('message', (message: Order | 'stop') => {
  if (message === 'stop') {
    running = false;
    return;
  }
  order = message;
  running = true;
  work();
});
process.on('disconnect', () => process.exit(0));
