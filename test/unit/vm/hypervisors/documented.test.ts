/** vfkit and HyperKit cannot be run here: what we say to them is held against what their documents say. */
import assert from 'node:assert/strict';
import * as documented from '../../../../vm/hypervisors/documented.js';
import { toArgv } from '../../../../vm/hypervisors/index.js';

const common = {
  program: '/p',
  cpus: 4,
  memoryMiB: 2048,
  kernel: '/k',
  initrd: '/i',
  commandLine: 'console=hvc0 quiet',
  sockets: '/s',
};
const vfkit = toArgv({ hypervisor: 'vfkit', ...common, ports: [1, 28531], dataDisk: '/d' }).slice(1);
const hyperkit = toArgv({ hypervisor: 'hyperkit', ...common, cid: 3, dataDisk: null }).slice(1);

/** `word,key=value,flag` → the word and its keys */
function keysOf(text: string): [word: string, keys: string[]] {
  const [word, ...rest] = text.split(',');
  return [word!, rest.map((each) => each.split('=')[0]!)];
}

describe('vm/hypervisors: vfkit’s documented options', () => {
  it('are all that is used, each with the kind of value it takes', () => {
    for (let at = 0; at < vfkit.length; at += 2) {
      const [option, value] = [vfkit[at]!, vfkit[at + 1]!];
      const kind = documented.VFKIT_OPTIONS[option];
      assert.ok(kind !== undefined && kind !== 'flag', option);
      if (kind === 'number') assert.match(value, /^\d+$/);
      if (kind === 'uri') assert.match(value, /^(?:unix:\/\/\/|tcp:\/\/|none:\/\/)/);
      const table = { device: documented.VFKIT_DEVICES, bootloader: documented.VFKIT_BOOTLOADERS }[kind as 'device'];
      if (table === undefined) continue;
      const [word, keys] = keysOf(value);
      for (const key of keys) assert.ok(table[word]?.includes(key), `${option} ${word}: ${key}`);
      assert.ok(word in table, `${option} ${word}`);
    }
  });

  it('has what is mandatory: processors, memory, a bootloader', () => {
    for (const option of ['--cpus', '--memory', '--bootloader']) {
      assert.equal(vfkit.filter((word) => word === option).length, 1, option);
    }
  });

  it('has the state that the power button asks for', () => {
    assert.ok((documented.VFKIT_STATES as readonly string[]).includes('Stop'));
  });
});

describe('vm/hypervisors: HyperKit’s documented options', () => {
  const takes = new Map(
    [...documented.HYPERKIT_GETOPT.matchAll(/([a-zA-Z])(:?)/g)].map(([, letter, colon]) => [
      `-${letter}`,
      colon === ':',
    ]),
  );

  it('are all that is used, with a value exactly where getopt wants one', () => {
    const used: string[] = [];
    for (let at = 0; at < hyperkit.length; at++) {
      const option = hyperkit[at]!;
      assert.ok(takes.has(option), option);
      used.push(option);
      if (takes.get(option)) assert.doesNotMatch(hyperkit[++at]!, /^-/);
    }
    for (const option of ['-A', '-c', '-m', '-s', '-l', '-f']) assert.ok(used.includes(option), option);
  });

  it('has known devices in slots of their own', () => {
    const slots = valuesOf('-s').map((value) => {
      const [slot, device, ...rest] = value.split(',');
      const known = documented.HYPERKIT_DEVICES[device!];
      assert.ok(known !== undefined, device);
      for (const word of rest) assert.ok(known?.includes(word.split('=')[0]!), `${device}: ${word}`);
      assert.match(slot!, /^\d{1,2}(?::\d)?$/);
      return slot!.split(':')[0];
    });
    assert.equal(new Set(slots).size, slots.length);
  });

  it('boots with known firmware, and no more than it takes', () => {
    const [value] = valuesOf('-f');
    const [kind, ...words] = value!.split(',');
    assert.ok(words.length <= documented.HYPERKIT_FIRMWARE[kind!]!);
  });

  it('has a serial line of known words', () => {
    const [, keys] = keysOf(valuesOf('-l')[0]!);
    for (const key of keys) assert.ok((documented.HYPERKIT_SERIAL as readonly string[]).includes(key), key);
  });

  function valuesOf(option: string): string[] {
    return hyperkit.flatMap((word, at) => (word === option ? [hyperkit[at + 1]!] : []));
  }
});
