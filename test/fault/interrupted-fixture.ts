/** Run by interrupted.test.ts: mounts, says so, and then hangs until somebody ends the run. */
import { writeFileSync } from 'node:fs';
import { World } from './support/world.js';

describe('a test that never ends', () => {
  it('mounts and hangs', async () => {
    const world = await World.open();
    writeFileSync(`${world.guest}/f`, '');
    const peer = world.peer();
    peer.do('open', `${world.guest}/f`, 0);
    console.log(`READY ${JSON.stringify({ home: world.osmofs.home, guest: world.guest, directory: world.at('') })}`);
    await new Promise(() => {});
  }).timeout(0);
});
