/** Order statistics and paired ratios. Pure. */

/** A middle value and the quarter points around it, in the unit of what was summarised. */
export interface Spread {
  readonly median: number;
  /** first quartile */
  readonly low: number;
  /** third quartile */
  readonly high: number;
  readonly count: number;
}

/**
 * The value below which a share `q` (0…1) of the samples lies, interpolated linearly between neighbours.
 *
 * @throws RangeError if there is no sample or `q` is outside 0…1
 */
export function quantile(samples: readonly number[], q: number): number {
  if (samples.length === 0) throw new RangeError('no samples');
  if (!(q >= 0 && q <= 1)) throw new RangeError(`not a quantile: ${q}`);
  const sorted = Float64Array.from(samples).sort();
  const position = q * (sorted.length - 1);
  const below = Math.floor(position);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below]! + (sorted[above]! - sorted[below]!) * (position - below);
}

export function median(samples: readonly number[]): number {
  return quantile(samples, 0.5);
}

export function spread(samples: readonly number[]): Spread {
  return {
    median: median(samples),
    low: quantile(samples, 0.25),
    high: quantile(samples, 0.75),
    count: samples.length,
  };
}

/**
 * Ratios inside each round, then their spread: a machine that drifts between rounds moves both sides of a ratio.
 *
 * @param values one number per round of the system under test
 * @param reference the reference's numbers of the same rounds, in the same order
 * @throws RangeError if the rounds differ in number or a reference is not above zero
 */
export function pairedRatios(values: readonly number[], reference: readonly number[]): Spread {
  if (values.length !== reference.length) throw new RangeError('the two sides have different numbers of rounds');
  return spread(
    values.map((value, round) => {
      const other = reference[round]!;
      if (!(other > 0)) throw new RangeError(`reference of round ${round} is ${other}`);
      return value / other;
    }),
  );
}
