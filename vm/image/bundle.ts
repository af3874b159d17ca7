/**
 * The agent as few files: one for its process and one for each kind of thread it starts. A guest without KVM reads and
 * compiles one file much faster than the sixty it was written as.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { ImageError } from './error.js';
import { addLibraries } from './programs.js';
import type { Tree } from './tree.js';

/** This package's directory: the file runs from dist/vm/image/. */
const PACKAGE = fileURLToPath(new URL('../../..', import.meta.url));
const ADDON = 'native/build/Release/osmofs.node';

/** Where the package is in the guest. */
export const HOME = 'opt/osmofs';

/** What a thread is started from: in the source that starts it. */
const THREAD = /new URL\('\.\/([\w-]+)\.js', import\.meta\.url\)/g;

/** Libraries written for require() are in the bundle; what they require of Node still has to be found. */
const BANNER = `import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);`;

/**
 * Adds the agent. The files lie to each other as in the package, so that what they find by a relative path is there: the
 * addon, the threads' files, package.json.
 */
export async function addAgent(tree: Tree): Promise<void> {
  for (const [name, code] of await bundleAgent()) tree.file(`${HOME}/dist/guest/${name}.js`, code);
  const { version } = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8')) as { version: string };
  tree.file(`${HOME}/package.json`, `${JSON.stringify({ name: 'osmofs', version, type: 'module' })}\n`);
  tree.file(`${HOME}/${ADDON}`, readFileSync(join(PACKAGE, ADDON)), 0o755);
  tree.symlink(`${HOME}/agent.mjs`, 'dist/guest/agent.js');
  await addLibraries(tree, join(PACKAGE, ADDON));
}

/** Names of the files of dist/guest/ that the process or one of its threads begins with. */
export function entries(): string[] {
  const directory = join(PACKAGE, 'dist/guest');
  const sources = readdirSync(directory).filter((name) => name.endsWith('.js'));
  const threads = sources.flatMap((name) => [...readFileSync(join(directory, name), 'utf8').matchAll(THREAD)]);
  return ['agent', ...new Set(threads.map((match) => match[1]!))].sort();
}

async function bundleAgent(): Promise<Map<string, Uint8Array>> {
  const names = entries();
  try {
    const { outputFiles } = await build({
      absWorkingDir: PACKAGE,
      entryPoints: Object.fromEntries(names.map((name) => [name, `dist/guest/${name}.js`])),
      outdir: 'dist/guest',
      write: false,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      // Names stay: a defect's stack must tell something.
      minifyWhitespace: true,
      legalComments: 'eof',
      banner: { js: BANNER },
      logLevel: 'silent',
    });
    return new Map(
      names.map((name) => [name, outputFiles.find((file) => file.path.endsWith(`/${name}.js`))!.contents]),
    );
  } catch (error) {
    throw new ImageError(`the agent cannot be bundled: ${(error as Error).message}`, undefined, { cause: error });
  }
}
