/** The parts of the launcher that are pure, or nearly so. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { ConsoleLog, printableLines, tellingLines } from '../../../vm/console-log.js';
import { CHECKS, diagnose, type Findings } from '../../../vm/doctor/checks.js';
import { findKernel } from '../../../vm/doctor/findings.js';
import { kvmProblem } from '../../../vm/facts.js';
import { vmFiles } from '../../../vm/files.js';
import { LineSplitter } from '../../../vm/lines.js';
import { LONGEST_SOCKET } from '../../../vm/machine.js';
import { MOST_RESETS, MOST_UNREADY_RESETS, ONE_RESET, RESET_WINDOW, ResetLimit } from '../../../vm/resets.js';
import { stopInSteps } from '../../../vm/stop.js';
import { scratchDirectory } from '../host/scratch-directory.js';

describe('vm/console-log', () => {
  const here = scratchDirectory();

  it('is bounded: what is old moves on, the oldest goes', () => {
    const file = `${here()}/console.log`;
    const log = new ConsoleLog(file, { limit: 10, keep: 2 });
    for (const text of ['first----\n', 'second---\n', 'third----\n', 'fourth---\n']) log.write(Buffer.from(text));
    log.close();
    assert.deepEqual(
      ['', '.1', '.2'].map((suffix) => readFileSync(file + suffix, 'utf8').trim()),
      ['fourth---', 'third----', 'second---'],
    );
    assert.throws(() => readFileSync(`${file}.3`), /ENOENT/);
  });

  it('remembers the last lines, whatever the guest put between', () => {
    const log = new ConsoleLog(`${here()}/console.log`);
    log.write(Buffer.from('one\r\ntw'));
    log.write(Buffer.from('o\n\u001b[31mthree\u001b[0m\u0007\n\n'));
    assert.deepEqual(log.lastLines(2), ['two', 'three']);
    log.close();
  });

  it('picks the lines that tell why: those up to a panic, else the last', () => {
    const lines = ['one', 'two', 'Kernel panic - not syncing: why', 'Call Trace:', 'somewhere+0x1'];
    assert.deepEqual(tellingLines(lines, 2), ['two', 'Kernel panic - not syncing: why']);
    assert.deepEqual(tellingLines(lines.slice(3), 1), ['somewhere+0x1']);
  });

  it('lets no line through that moves a cursor', () => {
    assert.deepEqual(printableLines('a\u001b[2Jb\u0000c\td\u009b1m\n'), ['abc\td1m']);
    assert.equal(printableLines('x'.repeat(2000))[0]!.length, 500);
  });
});

describe('vm/files', () => {
  it('keeps sockets beside the rest, or under /tmp where that is too deep', () => {
    const near = vmFiles('/s/vms/default', 1000, 107);
    assert.equal(near.sockets, '/s/vms/default/run');
    const deep = vmFiles(`/${'d'.repeat(100)}/vms/default`, 1000, 107);
    assert.match(deep.sockets, /^\/tmp\/osmofs-vm-1000-[0-9a-f]{16}$/);
    assert.ok(Buffer.byteLength(`${deep.sockets}/${LONGEST_SOCKET}`) <= 103);
    assert.notEqual(deep.sockets, vmFiles(`/${'d'.repeat(100)}/vms/other`, 1000, 107).sockets);
  });
});

describe('vm/lines', () => {
  it('gives lines as they become whole, and refuses one without end', () => {
    const splitter = new LineSplitter(10);
    assert.deepEqual([splitter.push('a\nb'), splitter.push('c\n'), splitter.rest], [['a'], ['bc'], '']);
    assert.throws(() => splitter.push('x'.repeat(11)), /more than 10/);
  });
});

describe('vm/resets', () => {
  it('lets a guest restart now and then, but not in a circle', () => {
    const limit = new ResetLimit();
    limit.ready();
    for (let n = 0; n < 50; n++) assert.equal(limit.count(n * RESET_WINDOW), false);
    const circle = new ResetLimit();
    circle.ready();
    for (let n = 0; n < MOST_RESETS; n++) assert.equal(circle.count(n * ONE_RESET), false);
    assert.equal(circle.count(MOST_RESETS * ONE_RESET), true);
  });

  it('gives up a guest earlier that has never been ready', () => {
    const limit = new ResetLimit();
    for (let n = 0; n < MOST_UNREADY_RESETS; n++) assert.equal(limit.count(n * ONE_RESET), false);
    assert.equal(limit.count(MOST_UNREADY_RESETS * ONE_RESET), true);
  });

  it('takes what comes at once for one', () => {
    const limit = new ResetLimit();
    for (let n = 0; n < 100; n++) assert.equal(limit.count(n), false);
    assert.equal(limit.total, 1);
  });
});

describe('vm/stop', () => {
  const never = new Promise<never>(() => {});
  const step = (name: string, act: () => Promise<void>, patience = 1) => ({ name, act, patience });

  it('goes on to the next step when one has had its time, or is not open', async () => {
    const told: string[] = [];
    let end = () => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    const steps = [
      step('slow', () => never),
      step('closed', () => Promise.reject(new Error('no such way')), 1e6),
      step('works', async () => end(), 1e6),
      step('too much', () => assert.fail('not needed')),
    ];
    assert.equal(await stopInSteps(steps, ended, (text) => told.push(text)), 'works');
    assert.deepEqual(told, ['slow', 'closed', 'closed: no such way', 'works']);
  });

  it('says so if none works', async () => {
    assert.equal(await stopInSteps([step('a', async () => {})], never, () => {}), undefined);
  });
});

describe('vm/facts: KVM', () => {
  const here = scratchDirectory();
  const machine = (device: boolean, modules: readonly string[]) => {
    mkdirSync(`${here()}/dev`);
    if (device) writeFileSync(`${here()}/dev/kvm`, '');
    for (const name of modules) mkdirSync(`${here()}/sys/module/${name}`, { recursive: true });
    return here();
  };

  it('is usable where the processor helps', () => {
    assert.equal(kvmProblem('x86_64', machine(true, ['kvm', 'kvm_intel'])), undefined);
  });

  it('is not where the device is missing', () => {
    assert.match(kvmProblem('x86_64', machine(false, []))!, /no \/dev\/kvm/);
  });

  it('is not where the device is there without the processor’s help (kvm_pvm)', () => {
    assert.match(kvmProblem('x86_64', machine(true, ['kvm', 'kvm_pvm']))!, /kvm_intel/);
  });
});

describe('vm/doctor', () => {
  const here = scratchDirectory();
  const healthy: Findings = {
    facts: {
      platform: 'linux',
      architecture: 'x86_64',
      find: (program) => `/usr/bin/${program}`,
      processors: 2,
      kvm: undefined,
    },
    node: '20.19.0',
    root: false,
    user: 'me',
    addon: null,
    fuse: undefined,
    kernel: { from: 'boot', file: '/boot/vmlinuz-6.1' },
    initrdTools: [],
    freeMiB: 8000,
  };
  const sick: readonly [check: string, change: Partial<Findings>, verdict: string, fix: RegExp][] = [
    ['node', { node: '20.18.9' }, 'missing', /Install Node/],
    ['node', { node: '18.20.0' }, 'missing', /Install Node/],
    ['native addon', { addon: 'no such file' }, 'missing', /npm run build:native/],
    [
      'hypervisor',
      { facts: { ...healthy.facts, find: (name) => (name.startsWith('qemu') ? undefined : `/${name}`) } },
      'missing',
      /sudo apt-get install qemu-system-x86$/,
    ],
    [
      'acceleration',
      { facts: { ...healthy.facts, kvm: '/dev/kvm is not yours to open' } },
      'slow',
      /usermod -aG kvm me/,
    ],
    ['acceleration', { facts: { ...healthy.facts, kvm: 'there is no /dev/kvm' } }, 'slow', /virtualization/],
    ['kernel', { kernel: { from: 'nowhere' } }, 'missing', /--kernel FILE/],
    ['kernel', { kernel: { from: 'nowhere', lists: true } }, 'missing', /^sudo apt-get update$/],
    ['kernel', { kernel: { from: 'nowhere', unreadable: '/boot/v' } }, 'missing', /^sudo chmod a\+r \/boot\/v$/],
    [
      'image tools',
      { initrdTools: [{ program: 'mke2fs', fix: 'sudo apt-get install e2fsprogs' }] },
      'missing',
      /e2fsprogs/,
    ],
    ['mounts on this machine', { fuse: '/dev/fuse is not yours to open' }, 'missing', /chmod a\+rw/],
    ['mounts on this machine', { fuse: 'there is no /dev/fuse' }, 'missing', /modprobe fuse/],
    [
      'mounts on this machine',
      { facts: { ...healthy.facts, find: (name) => (name.startsWith('fuse') ? undefined : `/${name}`) } },
      'missing',
      /fuse3/,
    ],
    ['memory', { freeMiB: 100 }, 'slow', /--memory/],
  ];

  it('finds the kernel that an image would be made from: here, fetched before, or neither', () => {
    const root = here();
    const nobody = { ...healthy.facts, find: () => undefined };
    const look = () => findKernel(nobody, `${root}/cache`, root);
    assert.deepEqual(look(), { from: 'nowhere' });
    mkdirSync(`${root}/boot`);
    // To be read by nobody, not even by root.
    symlinkSync('/nowhere', `${root}/boot/vmlinuz-6.10.0`);
    assert.deepEqual(look(), { from: 'nowhere', unreadable: `${root}/boot/vmlinuz-6.10.0` });
    const fetched = `${root}/cache/packages/linux-image-6.1_amd64/boot`;
    mkdirSync(fetched, { recursive: true });
    writeFileSync(`${fetched}/vmlinuz-6.1.0`, '');
    assert.deepEqual(look(), { from: 'cache', file: `${fetched}/vmlinuz-6.1.0` });
    for (const version of ['6.2.0', '6.9.0']) writeFileSync(`${root}/boot/vmlinuz-${version}`, '');
    assert.deepEqual(look(), { from: 'boot', file: `${root}/boot/vmlinuz-6.9.0` });
  });

  it('has nothing to say of a machine that has everything', () => {
    const findings = diagnose(healthy);
    assert.equal(findings.length, CHECKS.length);
    for (const { check, verdict, fix } of findings) assert.deepEqual([verdict, fix], ['ok', ''], check);
  });

  for (const [check, change, verdict, fix] of sick) {
    it(`${check}: ${JSON.stringify(change).slice(0, 60)} is ${verdict}, and only that`, () => {
      const wrong = diagnose({ ...healthy, ...change }).filter((finding) => finding.verdict !== 'ok');
      assert.deepEqual(
        wrong.map((finding) => [finding.check, finding.verdict]),
        [[check, verdict]],
      );
      assert.match(wrong[0]!.fix, fix);
    });
  }
});
