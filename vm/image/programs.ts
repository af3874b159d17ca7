/** Programs of this machine, put into the image with the shared libraries they are linked with. */
import { readFileSync } from 'node:fs';
import { run } from './commands.js';
import { ImageError } from './error.js';
import type { Tree } from './tree.js';

const HINT = 'The image is built from the programs of a Linux with glibc, such as Debian.';

/** The program, or what has to be added to it: libraries at the paths where the loader looks on this machine. */
export async function addLibraries(tree: Tree, program: string): Promise<void> {
  for (const path of await librariesOf(program)) {
    if (!tree.has(path.slice(1))) tree.file(path.slice(1), readFileSync(path), 0o755);
  }
}

/** Absolute paths, the loader's own included. @throws ImageError if one is missing */
async function librariesOf(program: string): Promise<string[]> {
  return parseLdd(await run('ldd', [program], { hint: HINT }), program);
}

/** What ldd(1) says: `name => /path (address)`, `/loader (address)`, and for the kernel's own only a name. */
export function parseLdd(text: string, program: string): string[] {
  const paths: string[] = [];
  for (const line of text.split('\n').map((each) => each.trim())) {
    const missing = /^(\S+) => not found$/.exec(line)?.[1];
    if (missing !== undefined) throw new ImageError(`${program} needs ${missing}, which this machine does not have`);
    const path = /^(?:\S+ => )?(\/\S+) \(0x[0-9a-f]+\)$/.exec(line)?.[1];
    if (path !== undefined) paths.push(path);
  }
  return paths;
}
