/** The demo whose guest is this machine. */
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OSMOFS, Stage } from './stage.js';

/** @returns the exit code */
export async function inThisMachine(): Promise<number> {
  const stage = new Stage();
  const cleanUp = async () => {
    await stage.quietly('umount', '--all');
    await stage.quietly('daemon', 'stop');
  };
  const code = await stage.play(() => demo(stage), cleanUp);
  if (code === 0) {
    stage.say('Unmounted, daemon stopped, nothing left behind.');
    stage.say('The same with a virtual machine of its own: npm run demo -- --vm');
  }
  return code;
}

async function demo(stage: Stage): Promise<void> {
  const { host } = stage;
  const guest = join(stage.place, 'mounted');
  mkdirSync(guest);
  writeFileSync(join(host, 'index.html'), '<h1>written on the host</h1>\n');
  stage.say(
    'A directory of this machine becomes a share and is mounted: kernel FUSE → agent → daemon → host system calls',
  );
  await stage.show(OSMOFS, 'share', 'add', host);
  await stage.show(OSMOFS, 'mount', host, guest, '--name', 'demo');
  await stage.show(OSMOFS, 'ls');
  stage.say('The host’s files are there');
  await stage.show('cat', join(guest, 'index.html'));
  stage.say('What is written through the mount is on the host before the call returns');
  writeFileSync(join(guest, 'src/app.js'), 'console.log("written through the mount")\n');
  await stage.show('node', join(host, 'src/app.js'));
  stage.say('What the host changes is seen at the next call');
  appendFileSync(join(host, 'index.html'), '<p>and appended on the host</p>\n');
  await stage.show('cat', join(guest, 'index.html'));
  stage.say('Real work: a git repository made and checked on the mount');
  const who = ['-c', 'user.name=demo', '-c', 'user.email=demo@example.org'];
  const git = (...args: string[]) => stage.show('git', '-C', guest, ...who, ...args);
  await git('init', '-q');
  await git('add', '.');
  await git('commit', '-q', '-m', 'first');
  await git('fsck');
  await git('log', '--stat', '--format=%s');
  stage.say('What it took');
  await stage.show(OSMOFS, 'status');
  const same = readFileSync(join(host, 'index.html')).equals(readFileSync(join(guest, 'index.html')));
  if (!same) throw new Error('the two sides differ');
}
