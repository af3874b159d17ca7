import type { Spread } from './statistics.js';
import type { Unit } from './workloads/workload.js';

/** Three significant digits; whole numbers above a thousand. */
function digits(value: number): string {
  if (value === 0) return '0';
  if (Math.abs(value) >= 1000) return Math.round(value).toString();
  return Number(value.toPrecision(3)).toString();
}

/** A quantity for people: `41.2 µs`, `1820 MiB/s`, `96.4 MiB`, `0 %`, `1.24`. */
export function quantity(value: number, unit: Unit): string {
  switch (unit) {
    case 'ns':
      return value < 1_000_000 ? `${digits(value / 1000)} µs` : `${digits(value / 1_000_000)} ms`;
    case 'seconds':
      return `${digits(value)} s`;
    case 'bytes/s':
      return `${digits(value / (1 << 20))} MiB/s`;
    case 'bytes':
      return `${digits(value / (1 << 20))} MiB`;
    case 'cpu':
      return `${digits(value * 100)} %`;
    case 'ratio':
      return digits(value);
  }
}

/** `1.24× (1.19–1.31)`: the median and the quarter points of a ratio over the rounds. */
export function ratio(spread: Spread): string {
  return `${spread.median.toFixed(2)}× (${spread.low.toFixed(2)}–${spread.high.toFixed(2)})`;
}
