/** The version of this package, from its package.json: the only place that has it. */
import { readFileSync } from 'node:fs';

/** Compiled to dist/host/, two directories below the package. */
const PACKAGE = new URL('../../package.json', import.meta.url);

let version: string | undefined;

export function readVersion(): string {
  version ??= (JSON.parse(readFileSync(PACKAGE, 'utf8')) as { version: string }).version;
  return version;
}
