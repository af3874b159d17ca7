/** Programs that people run in a container, reacting to what they edit on the host. */
import { mkdirSync } from 'node:fs';
import { temporaryDirectory } from '../support/bare-directory.js';
import { BUILT } from '../support/modes.js';
import { Osmofs } from '../support/osmofs.js';
import { reacts } from './support/react.js';
import { TOOLS } from './support/tools.js';

describe('tools that watch files', function () {
  this.timeout(300_000);
  let temporary: ReturnType<typeof temporaryDirectory>;

  before(() => {
    temporary = temporaryDirectory();
  });
  after(() => temporary?.remove());

  describe('on a plain directory', () => {
    for (const [i, tool] of TOOLS.entries()) {
      it(`${tool.name} sees what is saved ${tool.styles.join(', ')}`, async () => {
        const dir = `${temporary.dir}/plain-${i}`;
        mkdirSync(dir);
        await reacts(tool, dir, dir, `${temporary.dir}/plain-scratch-${i}`);
      });
    }
  });

  for (const mode of BUILT) {
    describe(`on a mount in mode ${mode}, edited on the host`, () => {
      let osmofs: Osmofs;
      before(async () => {
        osmofs = await Osmofs.start();
      });
      after(() => osmofs?.stop());

      for (const [i, tool] of TOOLS.entries()) {
        it(`${tool.name} sees what is saved ${tool.styles.join(', ')}`, async () => {
          const [host, dir] = [`${temporary.dir}/${mode}-host-${i}`, `${temporary.dir}/${mode}-${i}`];
          mkdirSync(host);
          await osmofs.mount(host, dir, ['--consistency', mode, '--ownership', 'strict']);
          await reacts(tool, dir, host, `${temporary.dir}/${mode}-scratch-${i}`);
          await osmofs.umount(dir);
        });
      }
    });
  }
});
