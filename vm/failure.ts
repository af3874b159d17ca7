/** What goes wrong with a VM in a way a person can act on; the daemon and the command line turn it into a Problem. */

export type FailureKind =
  /** a value of the configuration, or a combination of values */
  | 'bad-config'
  /** something this machine lacks */
  | 'missing'
  /** another process has this VM */
  | 'conflict'
  /** the hypervisor or the guest did not do what it should */
  | 'failed'
  | 'timed-out';

export class VmFailure extends Error {
  override readonly name = 'VmFailure';

  /**
   * @param thing what it is about: a path, a name, a key
   * @param what one clause without a full stop
   * @param hint the way out, one sentence without its full stop; '' if there is none
   */
  constructor(
    readonly kind: FailureKind,
    readonly thing: string,
    readonly what: string,
    readonly hint = '',
    options?: ErrorOptions,
  ) {
    super(`${thing}: ${what}`, options);
  }
}

/** The `code` of a Node system error ('ENOENT'), or '' for anything else. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
