import { cpSync, mkdirSync, utimesSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compared } from './support/compared.js';
import { digest } from './support/digest.js';
import { lines, run } from './support/run.js';

const packageRoot = fileURLToPath(new URL('../../../', import.meta.url));

/** The package as a checkout has it: what git knows, and what it would add. */
async function copyPackage(to: string): Promise<void> {
  const listed = await run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate'], {
    cwd: packageRoot,
  });
  const gone = new Set(await lines('git', ['ls-files', '--deleted'], { cwd: packageRoot }));
  for (const file of listed.split('\0')) {
    if (file === '' || gone.has(file)) continue;
    mkdirSync(dirname(`${to}/${file}`), { recursive: true });
    cpSync(`${packageRoot}${file}`, `${to}/${file}`);
  }
}

/** Prints what the addon gives to a program that loads it. */
const LOAD = 'console.log(Object.keys(require("./native/build/Release/osmofs.node")).sort().join("\\n"))';

/** Programs that `make` runs: none where everything is up to date. */
async function rebuild(dir: string): Promise<string[]> {
  const printed = await lines('make', ['BUILDTYPE=Release', '-C', `${dir}/native/build`]);
  return printed.map((line) => line.trim()).filter((line) => /^(CC|CXX|COPY|SOLINK_MODULE|AR|TOUCH)\(/.test(line));
}

compared(
  'npm ci of this package, which compiles the addon',
  async ({ dir, remount }, inputs) => {
    const place = `${dir}/package`;
    cpSync(`${inputs}/package`, place, { recursive: true });
    await run('npm', ['ci', '--prefer-offline', '--no-audit', '--no-fund'], { cwd: place });
    const loaded = await lines('node', ['-e', LOAD], { cwd: place });
    const unchanged = await rebuild(place);
    await remount();
    const remounted = await rebuild(place);
    const now = new Date();
    utimesSync(`${place}/native/src/addon.cc`, now, now);
    const touched = await rebuild(place);
    if (touched.length === 0) throw new Error('make did not notice that a source has become newer');
    // npm writes each file anew; the times are those of the run.
    const installed = await digest(`${place}/node_modules`, { times: false });
    return [
      ...loaded.map((line) => `exports ${line}`),
      ...unchanged.map((line) => `rebuilt without a reason: ${line}`),
      ...remounted.map((line) => `rebuilt after mounting again: ${line}`),
      ...touched.map((line) => `rebuilt after a change: ${line}`),
      ...installed,
    ];
  },
  {
    timeout: 600_000,
    async prepare(inputs) {
      mkdirSync(`${inputs}/package`);
      await copyPackage(`${inputs}/package`);
    },
  },
);
