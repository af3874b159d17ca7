/**
 * What the user decides about a VM: flags of `osmofs vm start`, over `config.json` in the VM's directory, over the
 * defaults below. Pure but for {@link readVmConfig} and {@link writeVmConfig}.
 */
import { readFileSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import * as v from 'valibot';
import { ACCELERATORS, HYPERVISOR_NAMES, MACHINE_TYPES } from './choices.js';
import { codeOf, VmFailure } from './failure.js';
import { writeWhole } from './write-whole.js';

/** COMMAND_LINE_SIZE of x86 is 2048 and arm64's is 2048; ours leaves the image's own arguments their room. */
const KERNEL_ARGUMENTS_LIMIT = 1024;

/** What the image that osmofs builds is unpacked and runs in, measured: image/README.md. */
const IMAGE_MIB = 320;

const integer = (least: number, most: number, unit = '') =>
  v.pipe(
    v.number('must be a number'),
    v.check(
      (n) => Number.isInteger(n) && n >= least && n <= most,
      `must be a whole number of ${least} to ${most}${unit}`,
    ),
  );
const path = v.pipe(
  v.string(),
  v.check(isAbsolute, 'must be an absolute path'),
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what no argument vector should carry
  v.check((text) => !/[\u0000-\u001f\u007f]/.test(text), 'has a control character'),
);
const kernelArgument = v.pipe(
  v.string(),
  v.check((text) => /^[!-~]+$/.test(text), 'must be printable ASCII without a space'),
  v.check((text) => !text.includes('"'), 'must not have a quotation mark'),
);

const entries = {
  /** null: as many as make sense on this machine, see plan.ts */
  cpus: v.nullable(integer(1, 64)),
  memoryMiB: integer(128, 1024 * 1024, ' MiB'),
  /** appended to the kernel's command line; in a later place they overrule what the image asks for */
  kernelArguments: v.pipe(
    v.array(kernelArgument),
    v.check((all) => all.join(' ').length <= KERNEL_ARGUMENTS_LIMIT, `are more than ${KERNEL_ARGUMENTS_LIMIT} bytes`),
  ),
  hypervisor: v.picklist(['auto', ...HYPERVISOR_NAMES]),
  accelerator: v.picklist(['auto', ...ACCELERATORS]),
  machine: v.picklist(['auto', ...MACHINE_TYPES]),
  /** a sparse file that the guest formats and mounts at /var/lib/osmofs; 0: none */
  dataDiskMiB: integer(0, 16 * 1024 * 1024, ' MiB'),
  /** in place of the image that osmofs builds; both or none */
  kernel: v.nullable(path),
  initrd: v.nullable(path),
};

const whole = v.pipe(
  v.strictObject(entries),
  v.check(({ kernel, initrd }) => (kernel === null) === (initrd === null), 'kernel and initrd go together'),
  v.check(
    ({ kernel, memoryMiB }) => kernel !== null || memoryMiB >= IMAGE_MIB,
    `memoryMiB: the guest image needs at least ${IMAGE_MIB} MiB`,
  ),
);
export type VmConfig = v.InferOutput<typeof whole>;

export const vmFlagsSchema = v.partial(v.strictObject(entries));
/** Any part of it, as flags or the file say it. */
export type VmFlags = Partial<VmConfig>;

export const VM_DEFAULTS: VmConfig = {
  cpus: null,
  memoryMiB: 1024,
  kernelArguments: [],
  hypervisor: 'auto',
  accelerator: 'auto',
  machine: 'auto',
  dataDiskMiB: 0,
  kernel: null,
  initrd: null,
};

/** @param file named in the failure. @throws VmFailure 'bad-config' naming the key */
export function parseVmFlags(value: unknown, file: string): VmFlags {
  // To valibot a list is an object as well.
  if (Array.isArray(value)) throw bad(file, 'top level: a list, not an object');
  const parsed = v.safeParse(vmFlagsSchema, value);
  if (parsed.success) return parsed.output as VmFlags;
  throw explained(parsed.issues[0], file);
}

/** Later ones win; the result is whole and makes sense. @throws VmFailure 'bad-config' */
export function mergeVmConfig(thing: string, ...layers: readonly VmFlags[]): VmConfig {
  const parsed = v.safeParse(whole, Object.assign({}, VM_DEFAULTS, ...layers));
  if (parsed.success) return parsed.output;
  throw explained(parsed.issues[0], thing);
}

/** A missing file says nothing. @throws VmFailure 'bad-config' */
export function readVmConfig(file: string): VmFlags {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return {};
    const hint = codeOf(error) === 'ENOTDIR' ? 'Move away what stands in place of its directory' : 'Make it readable';
    throw bad(file, `cannot be read (${codeOf(error)})`, hint, error);
  }
  try {
    return parseVmFlags(JSON.parse(text), file);
  } catch (error) {
    if (error instanceof SyntaxError) throw bad(file, `not JSON: ${error.message}`, 'Correct it, or remove it', error);
    throw error;
  }
}

export function writeVmConfig(file: string, config: VmFlags): void {
  writeWhole(file, `${JSON.stringify(config, null, 2)}\n`);
}

function explained(issue: v.BaseIssue<unknown>, file: string): VmFailure {
  const unknownKey = issue.kind === 'schema' && issue.type === 'strict_object' && issue.expected === 'never';
  const key = v.getDotPath(issue);
  const what = unknownKey ? 'no such key' : issue.message;
  return bad(file, key === null ? what : `${key}: ${what}`);
}

function bad(file: string, what: string, hint = 'Correct it: osmofs vm start --help', cause?: unknown): VmFailure {
  return new VmFailure('bad-config', file, what, hint, { cause });
}
