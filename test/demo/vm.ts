/** The demo whose guest is a virtual machine: booted for it, shown from both sides, stopped and removed. */
import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OSMOFS, Stage } from './stage.js';

const VM = 'demo';
/** where the guest has the share */
const MOUNTED = '/mnt/site';
/** files that the guest makes */
const FILES = 100;

/** @returns the exit code */
export async function inVm(): Promise<number> {
  const stage = new Stage();
  const cleanUp = async () => {
    // By force: after an orderly end there is nothing to force, and otherwise nobody wants to wait for one.
    await stage.quietly('vm', 'stop', '--all', '--force');
    await stage.quietly('daemon', 'stop');
  };
  const explain = async () => {
    console.error('\nThe last lines of the guest’s console, if it came to that:');
    await stage.showAnyway(OSMOFS, 'vm', 'logs', VM, '-n', '20');
  };
  const code = await stage.play(() => demo(stage), cleanUp, explain);
  if (code === 0) stage.say('Virtual machine and daemon stopped, nothing left behind but the cached guest image.');
  return code;
}

async function demo(stage: Stage): Promise<void> {
  const { host } = stage;
  const exec = (...argv: string[]) => stage.show(OSMOFS, 'vm', 'exec', VM, '--', ...argv);
  const index = join(host, 'index.html');
  writeFileSync(index, '<h1>written on the host</h1>\n');
  stage.say('What this machine has, and lacks, for virtual machines');
  await stage.showAnyway(OSMOFS, 'doctor');
  stage.say('A Linux guest with the agent in it, built from this machine’s kernel, busybox and node, and booted');
  await stage.show(OSMOFS, 'vm', 'start', VM);
  stage.say(
    'A directory of this machine is mounted there: guest kernel → agent → virtio-vsock → daemon → host system calls',
  );
  await stage.show(OSMOFS, 'share', 'add', host);
  await stage.show(OSMOFS, 'mount', '--guest', VM, `${host}:${MOUNTED}`);
  await exec('uname', '-srm');
  await exec('grep', MOUNTED, '/proc/mounts');
  stage.say('The host’s files are there');
  await exec('cat', `${MOUNTED}/index.html`);
  stage.say('What the guest writes is on the host before the call returns');
  await exec('sh', '-c', `echo 'console.log("written in the guest")' > ${MOUNTED}/src/app.js`);
  await stage.show('node', join(host, 'src/app.js'));
  stage.say('What the host changes is seen at the next call');
  appendFileSync(index, '<p>and appended on the host</p>\n');
  await exec('cat', `${MOUNTED}/index.html`);
  stage.say(`Real work: the guest’s node makes ${FILES} files, and both sides look at them`);
  await exec('node', '-e', makeTree(`${MOUNTED}/tree`));
  await exec('sh', '-c', `cd ${MOUNTED}/tree && ls | wc -l && cat * | sha256sum`);
  const tree = join(host, 'tree');
  await stage.show('sh', '-c', `cd ${tree} && ls | wc -l && cat * | sha256sum`);
  checkTree(tree);
  stage.say('What it took');
  await stage.show(OSMOFS, 'vm', 'ls');
  await stage.show(OSMOFS, 'status');
  await stage.show(OSMOFS, 'umount', MOUNTED);
  await stage.show(OSMOFS, 'vm', 'stop', VM);
}

/** A program of node. */
function makeTree(directory: string): string {
  return `fs.mkdirSync("${directory}"); for (let n = 0; n < ${FILES}; n++) fs.writeFileSync("${directory}/" + n, "file " + n + "\\n")`;
}

function checkTree(directory: string): void {
  const wrong = readdirSync(directory).filter((n) => readFileSync(join(directory, n), 'utf8') !== `file ${n}\n`);
  if (wrong.length > 0 || readdirSync(directory).length !== FILES) throw new Error('the two sides differ');
}
