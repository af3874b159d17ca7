/** Sizes on the command line. */
import { Problem } from '../../../problem.js';

const UNITS = { '': 1, M: 1, G: 1024, T: 1024 * 1024 } as const;

/** MiB of `512`, `512M`, `2G`, `1T`, with `iB` behind the unit or without. @throws Problem 'usage' */
export function parseMiB(text: string, flag: string): number {
  const [, digits, unit = ''] = /^(\d{1,9})([MGT]?)(?:iB)?$/i.exec(text) ?? [];
  if (digits === undefined) throw new Problem('usage', flag, `${text} is not a size`, 'Write it as 512M or 2G');
  return Number(digits) * UNITS[unit.toUpperCase() as keyof typeof UNITS];
}

/** @throws Problem 'usage' */
export function parseCount(text: string, flag: string): number {
  if (!/^\d{1,4}$/.test(text)) throw new Problem('usage', flag, `${text} is not a number`, 'Write it in digits');
  return Number(text);
}
