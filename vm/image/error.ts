/** Why there is no guest image: one sentence, and if there is one the command that helps. */
export class ImageError extends Error {
  override readonly name = 'ImageError';

  /** @param hint what to do about it, a sentence */
  constructor(
    message: string,
    readonly hint?: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
