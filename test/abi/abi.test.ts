import assert from 'node:assert/strict';
import { Errno, errnoNumber } from '../../protocol/errno.js';
import * as constants from '../../protocol/fuse/constants.js';
import * as dirent from '../../protocol/fuse/dirent.js';
import * as flags from '../../protocol/fuse/flags.js';
import * as opcodes from '../../protocol/fuse/opcodes.js';
import * as structs from '../../protocol/fuse/structs.js';
import * as linux from '../../protocol/linux.js';
import { type Struct, sizeOf } from '../../protocol/struct.js';
import { type Layout, macroNames } from './compiler.js';
import {
  askDirentSizes,
  askErrno,
  askFuse,
  askLinux,
  askNewer,
  canAsk,
  type Golden,
  MACROS,
  readGolden,
} from './sources.js';

const mirror = structs as unknown as Readonly<Record<string, Struct | undefined>>;

/** Members that only fill up: their names and number change when a version finds a use for them. */
const FILLER = /^(_*(padding|dummy|unused|reserved|spare)\d*)$/;

/** Value of a constant of the header in the mirror, undefined if it is not there. */
function mirrored(name: string): bigint | undefined {
  if (name === 'FUSE_UNIQUE_RESEND') return 1n << BigInt(constants.FUSE_UNIQUE_RESEND_BIT);
  const bit = name === 'FUSE_DIRECT_IO_RELAX' ? flags.FUSE_DIRECT_IO_RELAX : flags.InitFlag[name as flags.InitFlagName];
  if (bit !== undefined) return 1n << BigInt(bit);
  const tables: Record<string, unknown>[] = [flags, constants, opcodes];
  const found = tables.map((table) => table[name]).find((value) => typeof value === 'number');
  const short = name.replace(/^FUSE_(NOTIFY_(?!REPLY))?/, '');
  const table: Record<string, number> = /^FUSE_NOTIFY_(?!REPLY)/.test(name) ? opcodes.Notify : opcodes.Opcode;
  const value = found ?? table[short];
  return value === undefined ? undefined : BigInt(value as number);
}

/** Compares what a compiler said with the mirror; a header newer than the mirror may have more names. */
function compare(layout: Layout): void {
  const minor = Number(layout.constants.FUSE_KERNEL_MINOR_VERSION);
  const complete = minor <= constants.FUSE_KERNEL_MINOR_VERSION;
  for (const [name, { size, members }] of Object.entries(layout.structs)) {
    const type = mirror[name];
    if (type === undefined) {
      assert.ok(!complete, `struct ${name} is not in the mirror`);
      continue;
    }
    assert.equal(type.size, size, `sizeof(struct ${name})`);
    const offsets = Object.values(type.at) as number[];
    for (const [member, [offset, width]] of Object.entries(members)) {
      if (FILLER.test(member)) {
        assert.ok(offsets.includes(offset), `struct ${name}: nothing at the offset of ${member}`);
        continue;
      }
      assert.equal(type.at[member], offset, `offsetof(struct ${name}, ${member})`);
      assert.equal(sizeOf(type.fields[member]!), width, `size of ${member} in struct ${name}`);
    }
  }
  for (const [name, value] of Object.entries(layout.constants)) {
    if (/^FUSE_KERNEL_(MINOR_)?VERSION$/.test(name)) continue;
    const ours = mirrored(name);
    if (ours === undefined) assert.ok(!complete, `${name} is not in the mirror`);
    else assert.equal(ours, BigInt(value), name);
  }
}

function compareAll(truth: Golden): void {
  compare(truth.fuse);
  compare(truth.newer);
  assert.deepEqual(
    truth.direntSizes.map((_, index) => dirent.direntSize(index + 1)),
    truth.direntSizes,
  );
  assert.deepEqual(
    truth.direntplusSizes.map((_, index) => dirent.direntplusSize(index + 1)),
    truth.direntplusSizes,
  );
  for (const [name, value] of Object.entries(truth.errno)) assert.equal(errnoNumber(name), Number(value), name);
}

function compareLinux(truth: Readonly<Record<string, string>>, architecture: linux.Architecture): void {
  for (const [name, value] of Object.entries(truth)) {
    const ours = (linux as unknown as Record<string, number>)[name]!;
    const expected = name.startsWith('O_') ? linux.openFlagsFor(architecture, ours) : ours;
    assert.equal(expected, Number(value), name);
  }
}

describe('abi', () => {
  const golden = readGolden();

  it('agrees with the recorded layout', () => {
    compareAll(golden);
    compareLinux(golden.linux, 'x64');
  });

  it('has nothing that neither the header nor newer.h describes', () => {
    const known = { ...golden.fuse.structs, ...golden.newer.structs };
    assert.deepEqual(
      Object.keys(mirror).filter((name) => !(name in known)),
      [],
    );
    const described = new Set([...Object.keys(golden.fuse.constants), ...Object.keys(golden.newer.constants)]);
    const ours = [
      ...Object.keys(flags.InitFlag),
      ...Object.keys(opcodes.Opcode).map((name) => `FUSE_${name}`),
      ...Object.keys(opcodes.Notify).map((name) => `FUSE_NOTIFY_${name}`),
      ...[...Object.keys(flags), ...Object.keys(constants), ...Object.keys(opcodes)].filter((name) =>
        /^(FUSE|FOPEN|FATTR|CUSE)_/.test(name),
      ),
    ];
    assert.deepEqual(
      ours.filter((name) => !described.has(name) && name !== 'FUSE_UNIQUE_RESEND_BIT'),
      [],
    );
    assert.deepEqual(
      Object.keys(Errno).filter((name) => !(name in golden.errno)),
      [],
    );
  });

  if (!canAsk()) {
    it('rests on the recorded layout: no C compiler or no Linux headers on this machine', () => {
      assert.ok(!canAsk());
    });
    return;
  }

  it('agrees with the headers of this machine', function () {
    // Seven small compilations: a third of a second, more on a loaded machine.
    this.timeout(60_000);
    const { layout, functions } = askFuse();
    assert.deepEqual(
      functions.filter((name) => !MACROS.includes(name)),
      [],
    );
    assert.ok(Object.keys(layout.structs).length > 50, 'the header was understood');
    assert.ok(Object.keys(layout.constants).length > 150, 'the header was understood');
    const errnos = macroNames('#include <errno.h>').filter((name) => /^E[A-Z0-9]+$/.test(name));
    assert.ok(errnos.length > 130, 'the header was understood');
    compareAll({ ...golden, fuse: layout, newer: askNewer(), ...askDirentSizes(), errno: askErrno(errnos) });
    compareLinux(askLinux(), process.arch === 'arm64' ? 'arm64' : 'x64');
  });
});
