import type { Environment } from '../environment.js';
import type { Row } from '../summary.js';
import { cells, heads } from './columns.js';

const BEGIN = '<!-- perf:begin -->';
const END = '<!-- perf:end -->';

export interface Block {
  readonly rows: readonly Row[];
  readonly targets: readonly string[];
  readonly subject: string;
  readonly reference: string;
  readonly environment: Environment;
  readonly rounds: number;
}

const line = (fields: readonly string[]) => `| ${fields.join(' | ')} |`;

/** The lines between the marks, in Markdown; nothing in it says when it was written. */
export function readmeBlock(block: Block): string {
  const { environment, targets, subject, reference } = block;
  const head = heads(targets, subject, reference);
  return [
    `Written by \`npm run perf -- --readme\`. Median of ${block.rounds} interleaved rounds; the ratio is taken inside each round,`,
    'its median and quartiles are shown. Only the ratios mean anything on another machine. How each side was set up, and',
    'what it negotiates with the kernel: [perf/README.md](perf/README.md).',
    '',
    line(head),
    line(head.map((_, i) => (i === 0 || i === head.length - 1 ? '---' : '---:'))),
    ...block.rows.map((row) => line(cells(row, targets))),
    '',
    `${environment.cpu}, ${environment.cpus} processors, ${environment.memoryGiB} GiB; Linux ${environment.kernel}, ` +
      `Node ${environment.node}; every target on the same ${environment.fileSystem}.`,
  ].join('\n');
}

/**
 * The text with the part between the two marks replaced.
 *
 * @throws Error if a mark is missing, stands twice, or they stand in the wrong order
 */
export function replaceBlock(readme: string, block: string): string {
  const begin = readme.indexOf(BEGIN);
  const end = readme.indexOf(END);
  const twice = readme.indexOf(BEGIN, begin + 1) >= 0 || readme.indexOf(END, end + 1) >= 0;
  if (begin < 0 || end < begin || twice) throw new Error(`README.md needs one ${BEGIN} and one ${END} after it`);
  return `${readme.slice(0, begin + BEGIN.length)}\n${block}\n${readme.slice(end)}`;
}
