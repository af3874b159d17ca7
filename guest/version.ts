/** The version of this package, which the daemon shows. */
import { readFileSync } from 'node:fs';

export function agentVersion(): string {
  // From dist/guest/ in a checkout or an installed package.
  const file = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
