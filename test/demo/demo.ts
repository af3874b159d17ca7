/**
 * `npm run demo`: shares a real directory, works in it through the mount, shows what happened on both sides, and leaves
 * nothing behind. State lives in a directory of its own, so a daemon of the user's is not touched.
 */
import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const bin = fileURLToPath(new URL('../../../bin/osmofs', import.meta.url));
const place = mkdtempSync(join(tmpdir(), 'osmofs-demo-'));
const host = join(place, 'site');
const guest = join(place, 'mounted');
const env = {
  ...process.env,
  XDG_CONFIG_HOME: join(place, 'config'),
  XDG_STATE_HOME: join(place, 'state'),
  XDG_RUNTIME_DIR: join(place, 'run'),
};

function say(text: string): void {
  console.log(`\n# ${text}`);
}

/** Runs a command and shows it with its output. */
function show(command: string, ...args: string[]): void {
  const shown = command === bin ? 'osmofs' : command;
  console.log(`$ ${[shown, ...args].join(' ').replaceAll(place, '$DEMO')}`);
  const output = execFileSync(command, args, { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  process.stdout.write(output.replaceAll(place, '$DEMO'));
}

function cleanUp(): void {
  if (existsSync(env.XDG_RUNTIME_DIR)) {
    execFileSync(bin, ['umount', '--all'], { env, stdio: 'ignore' });
    execFileSync(bin, ['daemon', 'stop'], { env, stdio: 'ignore' });
  }
  rmSync(place, { recursive: true });
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    cleanUp();
    process.exit(1);
  });
}

try {
  mkdirSync(join(host, 'src'), { recursive: true });
  mkdirSync(guest);
  writeFileSync(join(host, 'index.html'), '<h1>written on the host</h1>\n');
  say('A directory of this machine becomes a share and is mounted: kernel FUSE → agent → daemon → host system calls');
  show(bin, 'share', 'add', host);
  show(bin, 'mount', host, guest, '--name', 'demo');
  show(bin, 'ls');
  say('The host’s files are there');
  show('cat', join(guest, 'index.html'));
  say('What is written through the mount is on the host before the call returns');
  writeFileSync(join(guest, 'src/app.js'), 'console.log("written through the mount")\n');
  show('node', join(host, 'src/app.js'));
  say('What the host changes is seen at the next call');
  appendFileSync(join(host, 'index.html'), '<p>and appended on the host</p>\n');
  show('cat', join(guest, 'index.html'));
  say('Real work: a git repository made and checked on the mount');
  const git = (...args: string[]) => [
    '-C',
    guest,
    '-c',
    'user.name=demo',
    '-c',
    'user.email=demo@example.org',
    ...args,
  ];
  show('git', ...git('init', '-q'));
  show('git', ...git('add', '.'));
  show('git', ...git('commit', '-q', '-m', 'first'));
  show('git', ...git('fsck'));
  show('git', ...git('log', '--stat', '--format=%s'));
  say('What it took');
  show(bin, 'status');
  const same = readFileSync(join(host, 'index.html')).equals(readFileSync(join(guest, 'index.html')));
  if (!same) throw new Error('the two sides differ');
} finally {
  cleanUp();
}
say('Unmounted, daemon stopped, nothing left behind.');
