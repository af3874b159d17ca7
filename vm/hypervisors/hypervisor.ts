/** What all hypervisors have in common: one row each in `index.ts`. */
import { VmFailure } from '../failure.js';
import type { Architecture, Machine } from '../machine.js';

export interface Hypervisor<M extends Machine = Machine> {
  /** Executables that may be it, best first, looked for in PATH. */
  programs(architecture: Architecture): readonly string[];
  /** The whole argument vector, program first. Pure. @throws VmFailure for what it cannot be told */
  toArgv(machine: M): string[];
  /** The other direction: what a vector of ours says. @throws VmFailure for one that is not ours */
  fromArgv(argv: readonly string[]): M;
  /** The device of the kernel's console, to stand behind `console=`. */
  consoleDevice(architecture: Architecture): string;
  /** It has virtio-vsock of its own; else ours serves it. */
  readonly ownVsock: boolean;
  /** Where the guest's console is: the hypervisor's own stdin and stdout, or a pty that {@link Socket.TTY} leads to. */
  readonly console: 'stdio' | 'tty';
  /** What answers on {@link Socket.MONITOR}. */
  readonly monitor: 'qmp' | 'rest' | 'none';
}

/** Reads an argument vector of `-option value` pairs; what is asked for must be there, what is left is an error. */
export class ArgumentReader {
  readonly #values = new Map<string, string[]>();
  readonly program: string;

  /** @param flags options that take no value */
  constructor(argv: readonly string[], flags: readonly string[]) {
    const [program, ...words] = argv;
    this.program = program ?? '';
    for (let at = 0; at < words.length; at++) {
      const option = words[at]!;
      const value = flags.includes(option) ? '' : words[++at];
      if (!option.startsWith('-') || value === undefined) throw foreign(option);
      const known = this.#values.get(option);
      if (known === undefined) this.#values.set(option, [value]);
      else known.push(value);
    }
  }

  /** All values of an option, in order; they count as read. */
  all(option: string): string[] {
    const values = this.#values.get(option) ?? [];
    this.#values.delete(option);
    return values;
  }

  one(option: string): string {
    const [value, more] = this.all(option);
    if (value === undefined || more !== undefined) throw foreign(option);
    return value;
  }

  number(option: string): number {
    return toNumber(this.one(option));
  }

  end(): void {
    const [left] = this.#values.keys();
    if (left !== undefined) throw foreign(left);
  }
}

/** Decimal digits, with a unit `M` or without. */
export function toNumber(text: string): number {
  const digits = /^(\d{1,9})M?$/.exec(text)?.[1];
  if (digits === undefined) throw foreign(text);
  return Number(digits);
}

export function foreign(word: string): VmFailure {
  return new VmFailure('bad-config', word, 'is not an argument that osmofs writes');
}
