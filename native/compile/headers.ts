/** Where the headers of Node are: node_api.h. */
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

// This file runs from dist/native/compile.
const CONFIGURED = fileURLToPath(new URL('../../../native/build/config.gypi', import.meta.url));

/** What node-gyp has written down that it used for the addon. */
function configured(path: string): string | undefined {
  if (!existsSync(path)) return undefined;
  return /"nodedir": "([^"]+)"/.exec(readFileSync(path, 'utf8'))?.[1];
}

/**
 * The directory with node_api.h: where node-gyp looks (its option `nodedir`), where it found them for the addon, beside the
 * program, and where it keeps what it has downloaded (its option `devdir`, else the user's cache).
 */
export function nodeHeaders(env = process.env, program = process.execPath, written = CONFIGURED): string {
  const cache = env.npm_config_devdir ?? join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'node-gyp');
  const roots = [
    env.npm_config_nodedir,
    configured(written),
    resolve(dirname(program), '..'),
    '/usr',
    '/usr/local',
    join(cache, process.versions.node),
  ];
  const places = roots.filter((root) => root !== undefined).map((root) => join(root, 'include/node'));
  const found = places.find((place) => existsSync(join(place, 'node_api.h')));
  if (!found)
    throw new Error('node_api.h not found: build the addon once (npm run build:native), it brings the headers');
  return found;
}
