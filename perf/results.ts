import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { Environment } from './environment.js';
import type { Measurement } from './measure.js';
import { resultsDir } from './paths.js';

/** First line of a results file: how the run was done. */
export interface RunHead {
  readonly environment: Environment;
  readonly rounds: number;
  readonly quick: boolean;
  readonly targets: readonly string[];
  readonly workloads: readonly string[];
  readonly kernelPermissions: boolean;
}

export interface Run {
  readonly head: RunHead;
  readonly measurements: readonly Measurement[];
}

/** A new results file: the head, then one line per measurement as it is taken. */
export class ResultsFile {
  readonly path: string;

  constructor(head: RunHead) {
    mkdirSync(resultsDir, { recursive: true });
    this.path = `${resultsDir}/${new Date().toISOString().replaceAll(':', '')}.jsonl`;
    writeFileSync(this.path, `${JSON.stringify(head)}\n`, { flag: 'wx' });
  }

  add(measurement: Measurement): void {
    appendFileSync(this.path, `${JSON.stringify(measurement)}\n`);
  }
}

/** Reads a results file back. @throws SyntaxError if it was cut off */
export function readResults(path: string): Run {
  const [head, ...lines] = readFileSync(path, 'utf8').trim().split('\n');
  return {
    head: JSON.parse(head!) as RunHead,
    measurements: lines.map((one) => JSON.parse(one) as Measurement),
  };
}
