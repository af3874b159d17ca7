import { mkdirSync } from 'node:fs';
import { compared } from './support/compared.js';
import { digest } from './support/digest.js';
import { lines, run } from './support/run.js';
import { assertSame } from './support/same.js';
import { growTree } from './support/tree.js';

/**
 * Hard links, extended attributes, contents compared by checksum and times to the nanosecond (a window of -1): the
 * second pass finds every difference.
 */
const HOW = ['-aHX', '--checksum', '--numeric-ids', '--modify-window=-1'];

async function copyTwice(from: string, to: string): Promise<string[]> {
  await run('rsync', [...HOW, `${from}/`, `${to}/`]);
  return lines('rsync', [...HOW, '--delete', '--dry-run', '--itemize-changes', `${from}/`, `${to}/`]);
}

compared(
  'rsync -aHX --checksum there and back',
  async ({ dir, remount }, inputs) => {
    const expected = await digest(`${inputs}/tree`);
    const there = `${dir}/there`;
    mkdirSync(there);
    const onto = await copyTwice(`${inputs}/tree`, there);
    assertSame(await digest(there), expected, 'original (-) and copy (+)');
    await remount();
    // Emptied at once so that a second place starts from nothing.
    const back = `${inputs}/back`;
    mkdirSync(back);
    const off = await copyTwice(there, back);
    assertSame(await digest(back), expected, 'original (-) and what came back (+)');
    await run('rm', ['-rf', back]);
    return [...onto.map((line) => `there: ${line}`), ...off.map((line) => `back: ${line}`)];
  },
  {
    timeout: 600_000,
    async prepare(inputs) {
      mkdirSync(`${inputs}/tree`);
      await growTree(`${inputs}/tree`, { files: 1500, seed: 7 });
    },
  },
);
