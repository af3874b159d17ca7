import { quantity, ratio } from '../format.js';
import type { Row } from '../summary.js';
import type { Limit } from '../workloads/workload.js';

/** `≤ 1.4×`, `≥ 0.8×`, `≤ 150 MiB`. */
function limitText(row: Row, limit: Limit): string {
  const bound = 'atMost' in limit ? limit.atMost : limit.atLeast;
  const sign = 'atMost' in limit ? '≤' : '≥';
  const times = limit.against === 'reference' || row.workload.unit === 'ratio';
  return `${sign} ${times ? `${bound}×` : quantity(bound, row.workload.unit)}`;
}

export function heads(targets: readonly string[], subject: string, reference: string): string[] {
  return ['', ...targets, `${subject} / ${reference}`, 'limit', ''];
}

/** The cells of one row, in the order of {@link heads}. */
export function cells(row: Row, targets: readonly string[]): string[] {
  const { workload, values } = row;
  return [
    workload.title,
    ...targets.map((target) => (target in values ? quantity(values[target]!, workload.unit) : '–')),
    row.ratio ? ratio(row.ratio) : '–',
    workload.limit ? limitText(row, workload.limit) : '–',
    row.holds === undefined ? '' : row.holds ? 'holds' : 'MISSED',
  ];
}
