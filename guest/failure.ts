/** Why a mount could not be made or taken away: the number for the program, one clause for people. */
import { Errno, errnoName, errnoNumber, errnoText } from '../protocol/errno.js';

export class MountFailure extends Error {
  override readonly name = 'MountFailure';

  /**
   * @param errno positive
   * @param what a clause without a full stop; after a semicolon the way out, if there is one
   */
  constructor(
    readonly errno: number,
    what: string,
    options?: ErrorOptions,
  ) {
    super(what, options);
  }

  /** @param result a negative result of os.ts */
  static of(result: number, doing: string, wayOut = ''): MountFailure {
    const text = `${doing}: ${errnoText(result)} (${errnoName(result)})`;
    return new MountFailure(Math.abs(result), wayOut === '' ? text : `${text}; ${wayOut}`);
  }

  /** Whatever was thrown while mounting. */
  static from(error: unknown): MountFailure {
    if (error instanceof MountFailure) return error;
    const { code, message } =
      error instanceof Error ? (error as NodeJS.ErrnoException) : { code: undefined, message: String(error) };
    return new MountFailure(errnoNumber(code ?? '') ?? Errno.EIO, message, { cause: error });
  }
}
