/** How much is checked, and with which random numbers: the environment can say, to see a failure again or to look longer. */

/** OSMOFS_COHERENCE_OPERATIONS, or what the test says. */
export function operations(usual: number): number {
  return Number(process.env.OSMOFS_COHERENCE_OPERATIONS ?? usual);
}

/** OSMOFS_COHERENCE_SEED, or what the test says. */
export function seed(usual: number): number {
  return Number(process.env.OSMOFS_COHERENCE_SEED ?? usual);
}
