import { mkdirSync, readdirSync } from 'node:fs';
import { compared } from './support/compared.js';
import { digest } from './support/digest.js';
import { run } from './support/run.js';
import { assertSame } from './support/same.js';
import { growTree } from './support/tree.js';

const FILES = 20_000;
const XATTRS = ['--xattrs', '--xattrs-include=user.*'];
/** The mount keeps owners, and the modes that go with them, in records of its own: the host's differ. */
const ON_HOST = { owners: false, modes: false };

compared(
  `unpacking and reading back ${FILES} files`,
  async ({ dir, host, remount }, inputs) => {
    const tree = `${dir}/tree`;
    mkdirSync(tree);
    await run('tar', [
      ...XATTRS,
      '--warning=no-timestamp',
      '--numeric-owner',
      '-p',
      '-xf',
      `${inputs}/tree.tar`,
      '-C',
      tree,
    ]);
    // Nothing of what is read back comes from what the kernel or the daemon remember of the writing.
    await remount();
    const seen = await digest(tree);
    assertSame(seen, await digest(`${inputs}/tree`), 'packed (-) and unpacked (+)');
    const contents = await digest(`${inputs}/tree`, ON_HOST);
    assertSame(await digest(`${host}/tree`, ON_HOST), contents, 'packed (-) and on the host (+)');
    await run('rm', ['-rf', tree]);
    return [...seen, `left: ${readdirSync(host).join()}`];
  },
  {
    timeout: 600_000,
    async prepare(inputs) {
      mkdirSync(`${inputs}/tree`);
      await growTree(`${inputs}/tree`, { files: FILES, seed: 20_000 });
      const how = ['--format=posix', '--sparse', '--numeric-owner'];
      await run('tar', [...how, ...XATTRS, '-cf', `${inputs}/tree.tar`, '-C', `${inputs}/tree`, '.']);
    },
  },
);
