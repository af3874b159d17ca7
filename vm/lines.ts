/** Lines out of a byte stream, bounded. */

export class LineSplitter {
  #rest = '';

  /** @param limit characters a line may have; a longer one is an error, since the other end is no friend then */
  constructor(readonly limit: number) {}

  /** The lines that are whole now. @throws Error beyond the limit */
  push(text: string): string[] {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop()!;
    if (this.#rest.length > this.limit || lines.some((line) => line.length > this.limit))
      throw new Error(`a line of more than ${this.limit} characters`);
    return lines;
  }

  /** What came after the last line. */
  get rest(): string {
    return this.#rest;
  }
}
