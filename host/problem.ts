/**
 * A failure a person can act on. Every refusal of the daemon and of the command line is one of these: it names the
 * thing, says what is wrong with it, and the way out. Anything else that is thrown is a defect and is shown as such.
 */

/** Exit codes of the command line. */
export const ExitCode = { OK: 0, FAILURE: 1, USAGE: 2, NOT_RUNNING: 3, NOT_FOUND: 4 } as const;

/** One row per code: what the process exits with, and the HTTP status it travels with on the control socket. */
const CODES = {
  usage: { exit: ExitCode.USAGE, status: 400 },
  'bad-request': { exit: ExitCode.FAILURE, status: 400 },
  'bad-config': { exit: ExitCode.FAILURE, status: 500 },
  'not-running': { exit: ExitCode.NOT_RUNNING, status: 503 },
  'not-found': { exit: ExitCode.NOT_FOUND, status: 404 },
  'not-shared': { exit: ExitCode.FAILURE, status: 403 },
  'bad-source': { exit: ExitCode.FAILURE, status: 422 },
  'bad-target': { exit: ExitCode.FAILURE, status: 422 },
  conflict: { exit: ExitCode.FAILURE, status: 409 },
  busy: { exit: ExitCode.FAILURE, status: 409 },
  'guest-failed': { exit: ExitCode.FAILURE, status: 502 },
  'timed-out': { exit: ExitCode.FAILURE, status: 504 },
  internal: { exit: ExitCode.FAILURE, status: 500 },
} as const;

export type ProblemCode = keyof typeof CODES;

/** How a problem travels, on the control socket and on stderr with `--format json`. */
export interface ProblemJson {
  readonly error: { readonly code: ProblemCode; readonly message: string; readonly hint: string };
}

export class Problem extends Error {
  override readonly name = 'Problem';

  /**
   * @param thing what it is about: a path, a name, a key
   * @param what one clause without a full stop
   * @param hint one sentence without its full stop, the way out; '' if there is none to give
   */
  constructor(
    readonly code: ProblemCode,
    readonly thing: string,
    readonly what: string,
    readonly hint = '',
    options?: ErrorOptions,
  ) {
    super(`${printable(thing)}: ${printable(what)}`, options);
  }

  /** The problem that another process wrote as JSON; what is no such thing gives one that says so. */
  static from(value: unknown): Problem {
    const error = (value as Partial<ProblemJson> | null)?.error;
    const { code, message, hint } = { code: 'internal', message: 'it answers nonsense', hint: '', ...error };
    // `<thing>: <what>`; where it is cut does not matter, because it is put together again.
    const at = String(message).indexOf(': ');
    const [thing, what] = at < 0 ? ['daemon', String(message)] : [message.slice(0, at), message.slice(at + 2)];
    return new Problem(isProblemCode(code) ? code : 'internal', thing, what, String(hint));
  }

  get exitCode(): number {
    return CODES[this.code].exit;
  }

  get status(): number {
    return CODES[this.code].status;
  }

  /** `osmofs: <thing>: <what>. <way out>`, always a single line. */
  get line(): string {
    return problemLine(this.message, this.hint);
  }

  toJSON(): ProblemJson {
    return { error: { code: this.code, message: this.message, hint: printable(this.hint) } };
  }
}

export function problemLine(message: string, hint: string): string {
  return hint === '' ? `osmofs: ${message}` : `osmofs: ${message}. ${printable(hint)}`;
}

export function isProblemCode(code: unknown): code is ProblemCode {
  return typeof code === 'string' && Object.hasOwn(CODES, code);
}

/** Control characters (a file name may hold any) as `\xNN`, so that an error stays one line and moves no cursor. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to be made visible
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

/** The `code` of a Node system error ('ENOENT'), or '' for anything else. */
export function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
