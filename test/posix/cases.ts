/** The behaviours: every file of cases/ is one. */
import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Behaviour } from '../support/behaviour.js';
import type { Ownership } from '../support/place.js';

export interface Case extends Behaviour {
  /** the file's name without its ending: the case's directory, and what `--only` takes */
  slug: string;
}

const folder = new URL('./cases/', import.meta.url);

/** All of them, by name. A title that occurs twice is a mistake. */
export async function loadCases(): Promise<Case[]> {
  const slugs = readdirSync(dirname(fileURLToPath(new URL('./x', folder))))
    .filter((file) => file.endsWith('.js'))
    .map((file) => file.slice(0, -3))
    .sort();
  const cases: Case[] = [];
  const titles = new Set<string>();
  for (const slug of slugs) {
    const module = (await import(new URL(`${slug}.js`, folder).href)) as { default: Behaviour };
    if (titles.has(module.default.title))
      throw new Error(`${slug}: another case has the title "${module.default.title}"`);
    titles.add(module.default.title);
    cases.push({ ...module.default, slug });
  }
  return cases;
}

/** Those that are looked at under the rule. */
export function under(ownership: Ownership, cases: Case[]): Case[] {
  return cases.filter((one) => one.ownership.includes(ownership));
}
