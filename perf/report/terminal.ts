import Table from 'cli-table3';
import type { Row } from '../summary.js';
import { cells, heads } from './columns.js';

/** A table for people, without colours: it is also what a log keeps. */
export function terminalTable(
  rows: readonly Row[],
  targets: readonly string[],
  subject: string,
  reference: string,
): string {
  const table = new Table({
    head: heads(targets, subject, reference),
    style: { head: [], border: [] },
    colAligns: ['left', ...targets.map(() => 'right' as const), 'right', 'right', 'left'],
  });
  for (const row of rows) table.push(cells(row, targets));
  return table.toString();
}
