/** What a command prints: a table for people, one JSON document for programs. */
import { createRequire } from 'node:module';
import { styleText } from 'node:util';
import { messageOf, Problem, printable } from '../problem.js';

export const FORMATS = ['table', 'json'] as const;
export type Format = (typeof FORMATS)[number];

export interface Stream {
  readonly isTTY?: boolean | undefined;
  write(text: string): unknown;
}

export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export class Output {
  format: Format = 'table';

  constructor(
    readonly stdout: Stream,
    readonly stderr: Stream,
    /** colours allowed at all (NO_COLOR, https://no-color.org) */
    readonly colours: boolean,
  ) {}

  /** `value` with `--format json`, else what `forPeople` makes of it: a table, or lines. */
  print<T>(value: T, forPeople: (value: T) => Table | string): void {
    const shown = this.format === 'json' ? undefined : forPeople(value);
    if (shown === undefined) this.json(value);
    else if (typeof shown === 'string') this.line(shown);
    else this.table(shown);
  }

  json(value: unknown): void {
    this.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
  }

  line(text: string): void {
    if (text !== '') this.stdout.write(`${text}\n`);
  }

  table(table: Table): void {
    this.stdout.write(`${renderTable(table, { ruled: this.stdout.isTTY === true, bold: this.#bold })}\n`);
  }

  /** Progress and remarks, never part of the result. */
  note(text: string): void {
    if (this.format !== 'json') this.stderr.write(`osmofs: ${text}\n`);
  }

  /** @returns the exit code of the failure */
  fail(error: unknown): number {
    const problem =
      error instanceof Problem
        ? error
        : new Problem('internal', 'defect', messageOf(error), 'Please report it with the lines above');
    if (problem !== error && error instanceof Error) this.stderr.write(`${error.stack ?? error.message}\n`);
    this.stderr.write(this.format === 'json' ? `${JSON.stringify(problem)}\n` : `${problem.line}\n`);
    return problem.exitCode;
  }

  get #bold(): (text: string) => string {
    return this.colours && this.stdout.isTTY === true ? (text) => styleText('bold', text) : (text) => text;
  }
}

interface TableStyle {
  /** a line below the head */
  readonly ruled: boolean;
  readonly bold: (text: string) => string;
}

/** Columns aligned, two spaces apart, no borders; empty tables are their head alone. */
export function renderTable(table: Table, style: TableStyle): string {
  // Loaded here because only commands that print a table need it.
  const Table3 = createRequire(import.meta.url)('cli-table3') as typeof import('cli-table3');
  const none = '';
  const rule = style.ruled ? '─' : none;
  const grid = new Table3({
    head: table.head.map(style.bold),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2, compact: true },
    chars: {
      top: none,
      'top-mid': none,
      'top-left': none,
      'top-right': none,
      bottom: none,
      'bottom-mid': none,
      'bottom-left': none,
      'bottom-right': none,
      left: none,
      'left-mid': none,
      mid: rule,
      'mid-mid': rule,
      right: none,
      'right-mid': none,
      middle: none,
    },
  });
  for (const row of table.rows) grid.push(row.map(printable));
  const lines = grid.toString().split('\n');
  return lines.map((line) => line.trimEnd()).join('\n');
}

/** Bytes with a binary unit: 512 B, 1.5 KiB, 20 MiB. */
export function bytes(count: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = Math.min(units.length - 1, count < 1024 ? 0 : Math.floor(Math.log2(count) / 10));
  const value = count / 1024 ** power;
  return `${power === 0 || value >= 10 ? Math.round(value) : value.toFixed(1)} ${units[power]}`;
}

/** A span of seconds in its two largest units: 42s, 3m 20s, 5h 1m, 2d 3h. */
export function duration(seconds: number): string {
  const whole = Math.floor(seconds);
  const parts: [number, string][] = [
    [Math.floor(whole / 86400), 'd'],
    [Math.floor(whole / 3600) % 24, 'h'],
    [Math.floor(whole / 60) % 60, 'm'],
    [whole % 60, 's'],
  ];
  const first = parts.findIndex(([value]) => value > 0);
  if (first < 0) return '0s';
  return parts
    .slice(first, first + 2)
    .filter(([value]) => value > 0)
    .map(([value, unit]) => `${value}${unit}`)
    .join(' ');
}
