/** `osmofs vm console` and `vm logs -f` at a terminal. */
import assert from 'node:assert/strict';
import { AtTerminal } from './support/at-terminal.js';
import { packageRoot, Vm } from './support/vm.js';

const ESCAPE = '\x1d';
const INTERRUPT = '\x03';

describe('at a terminal', function () {
  this.timeout(60_000);
  let vm: Vm;
  let terminal: AtTerminal;

  before(async function () {
    this.timeout(120_000);
    vm = await Vm.orSkip(this);
  });
  afterEach(() => terminal?.close());

  function osmofs(...args: string[]): void {
    terminal = AtTerminal.start([process.execPath, `${packageRoot}/bin/osmofs`, ...args], vm.osmofs.environment);
  }
  async function attached(): Promise<void> {
    osmofs('vm', 'console', vm.name);
    await terminal.shows(`${vm.name}: attached; Ctrl-] leaves`);
    await print('from the guest');
    await terminal.shows('from the guest');
  }
  const print = (text: string) => vm.run(['sh', '-c', `echo '${text}' > /dev/console`]);

  it('vm console shows what the guest prints and gives it what is typed; Ctrl-] leaves, the terminal as it was', async () => {
    await attached();
    assert.ok(terminal.raw, 'keys are the guest’s');
    const reader = vm.run(['sh', '-c', 'exec 3<>/dev/console; echo ready >&3; read line <&3; echo "got $line"']);
    await terminal.shows('ready');
    terminal.type('typed\r');
    assert.equal(await reader, 'got typed\n');
    await terminal.shows('typed');
    terminal.type(ESCAPE);
    assert.equal(await terminal.end(), 0);
    assert.ok(terminal.restored);
    await print('nobody looks');
  });

  it('vm console leaves the terminal as it was also when it is told to end', async () => {
    await attached();
    assert.ok(terminal.raw);
    terminal.signal('SIGTERM');
    assert.equal(await terminal.end(), 'SIGTERM');
    assert.ok(terminal.restored);
  });

  it('two consoles of one VM both show it', async () => {
    await attached();
    const first = terminal;
    try {
      await attached();
      await print('to both of you');
      for (const each of [first, terminal]) await each.shows('to both of you');
    } finally {
      await first.close();
    }
  });

  it('vm logs -f shows the last lines and each that follows, once; Ctrl-C ends it', async () => {
    const lines = Array.from({ length: 200 }, (_, index) => `line ${index + 1} of the log`);
    await print('the last line');
    osmofs('vm', 'logs', '-f', '-n', '1', vm.name);
    await terminal.shows('the last line');
    // They come while it begins to follow.
    await vm.run(['sh', '-c', `for n in $(seq ${lines.length}); do echo "line $n of the log" > /dev/console; done`]);
    await terminal.shows(lines.at(-1)!);
    terminal.type(INTERRUPT);
    assert.equal(await terminal.end(), 'SIGINT');
    assert.ok(terminal.restored);
    assert.deepEqual(terminal.text.match(/line \d+ of the log/g), lines, 'in order, none twice, none left out');
    assert.equal(terminal.text.split('the last line').length - 1, 1);
  });
});
