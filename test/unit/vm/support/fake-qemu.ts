/**
 * A double of QEMU: its monitor, its console on stdin and stdout, its ways to end, by what is typed on the console or
 * stands on the kernel's command line. Run by an executable that {@link installFakeQemu} writes.
 */
import { createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { ONE_RESET } from '../../../../vm/resets.js';

export function fakeQemu(argv: readonly string[]): void {
  const words = argv[argv.lastIndexOf('-append') + 1]!.split(' ');
  if (words.includes('fail')) {
    process.stderr.write('qemu: no room for the guest\n');
    process.exit(1);
  }
  const monitor = argv.find((word) => word.includes('id=monitor'))!;
  const clients = new Set<Socket>();
  const say = (message: object) => {
    for (const client of clients) client.write(`${JSON.stringify(message)}\n`);
  };
  const reset = () => say({ event: 'RESET', data: { guest: true, reason: 'guest-reset' } });
  const powerOff = () => {
    say({ event: 'SHUTDOWN', data: { guest: true, reason: 'guest-shutdown' } });
    process.stdout.write('Power down\n', () => setImmediate(() => process.exit(0)));
  };
  const server = createServer((client) => {
    clients.add(client);
    client.on('error', () => {}).write(`${JSON.stringify({ QMP: { version: {} } })}\n`);
    createInterface({ input: client }).on('line', (line) => {
      const { execute } = JSON.parse(line) as { execute: string };
      if (execute === 'system_powerdown') {
        process.stdout.write('button\n');
        say({ return: {} });
        if (!words.includes('deaf')) powerOff();
      } else if (execute === 'qmp_capabilities') {
        say({ return: {} });
        if (words.includes('panic')) process.stdout.write('Kernel panic\n', () => setImmediate(() => process.exit(3)));
      } else say({ error: { desc: `no ${execute}` } });
    });
  });
  server.listen(/path=(.*?),server/.exec(monitor)![1], () => process.stdout.write('up\n'));
  createInterface({ input: process.stdin }).on('line', (line) => {
    if (line === 'off') powerOff();
    else if (line === 'reset') reset();
    else if (line === 'circle') setInterval(reset, 1.2 * ONE_RESET);
    else if (line === 'crash') process.stderr.write('qemu: it broke\n', () => process.exit(1));
    else process.stdout.write(`you said ${line}\n`);
  });
}
