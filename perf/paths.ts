import { fileURLToPath } from 'node:url';

/** The package's root; this file runs as `dist/perf/paths.js`. */
export const packageRoot = fileURLToPath(new URL('../../', import.meta.url));

/** Compiled programs, kept between runs. */
export const cacheDir = `${packageRoot}node_modules/.cache/osmofs-perf`;

/** Raw samples, one file per run, as JSON lines. */
export const resultsDir = `${packageRoot}perf/results`;
