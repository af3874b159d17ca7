/** The image boots: what init does for the agent and for whoever looks around in the guest, seen from inside. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Guest } from './guest.js';

/** name → command; each line that a command says comes as `probe NAME: LINE` */
const probes = {
  mounts: "cut -d' ' -f2,3 /proc/mounts",
  modules: "cut -d' ' -f1 /proc/modules",
  devices: 'ls -d /dev/fuse /dev/vsock /dev/console /dev/stdin /dev/ptmx 2>&1',
  token: "stat -c '%a %u %s' /etc/osmofs/token",
  tmp: "stat -c '%a' /tmp /dev/shm",
  hostname: 'hostname',
  loopback: 'ping -c 1 -W 2 127.0.0.1 | grep -c "1 packets received"',
  node: 'node -p "process.version"',
  controllers: 'cat /sys/fs/cgroup/cgroup.controllers',
  // Whom nobody reaps stays in /proc.
  orphan: `pid=$(sh -c 'usleep 1 >/dev/null & echo $!'); n=0
    while [ -d /proc/$pid ] && [ $n -lt 100 ]; do usleep 50000; n=$((n + 1)); done
    [ -d /proc/$pid ] && echo there || echo gone`,
  disk: 'echo boot >>/var/lib/osmofs/boots; wc -l </var/lib/osmofs/boots; ls -d /var/lib/osmofs/lost+found',
};
const script = Object.entries(probes).map(([name, command]) => `{ ${command}; } | sed 's/^/probe ${name}: /'`);

describe('vm/image: the guest', function () {
  this.timeout(180_000);
  let directory: string;
  let disk: string;
  let guest: Guest;
  const answers = (name: keyof typeof probes) => {
    const prefix = `probe ${name}: `;
    return guest.lines.filter((line) => line.startsWith(prefix)).map((line) => line.slice(prefix.length));
  };

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'osmofs-disk-'));
    disk = join(directory, 'data');
    writeFileSync(disk, '');
    truncateSync(disk, 256 << 20);
    guest = await Guest.boot({ probe: [...script, 'echo probe done'].join('\n'), disk });
    await guest.says(/^probe done/);
  });

  after(async () => {
    await guest.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it('mounts what programs expect', () => {
    for (const expected of [
      '/proc proc',
      '/sys sysfs',
      '/dev devtmpfs',
      '/dev/pts devpts',
      '/dev/shm tmpfs',
      '/run tmpfs',
      '/tmp tmpfs',
      '/sys/fs/cgroup cgroup2',
      '/var/lib/osmofs ext4',
    ]) {
      assert.ok(answers('mounts').includes(expected), `${expected} in ${answers('mounts').join(', ')}`);
    }
  });

  it('loads the modules', () => {
    for (const name of ['virtio_pci', 'vsock', 'vmw_vsock_virtio_transport', 'virtio_blk', 'fuse', 'overlay']) {
      assert.ok(answers('modules').includes(name), `${name} in ${answers('modules').join(', ')}`);
    }
    assert.deepEqual(
      guest.lines.filter((line) => line.includes('does not load')),
      [],
    );
  });

  it('has the devices', () => {
    assert.deepEqual(answers('devices'), ['/dev/console', '/dev/fuse', '/dev/ptmx', '/dev/stdin', '/dev/vsock']);
  });

  it('keeps the token from everyone but root', () => {
    assert.deepEqual(answers('token'), ['600 0 65']);
  });

  it('has places for everyone', () => {
    assert.deepEqual(answers('tmp'), ['1777', '1777']);
  });

  it('has its name, a loopback and cgroups', () => {
    assert.deepEqual(answers('hostname'), ['probed-host']);
    assert.deepEqual(answers('loopback'), ['1']);
    assert.match(answers('controllers').join(' '), /\bcpu\b.*\bmemory\b.*\bpids\b/);
  });

  it('has node for others too', () => {
    assert.deepEqual(answers('node'), [process.version]);
  });

  it('reaps orphans', () => {
    assert.deepEqual(answers('orphan'), ['gone']);
  });

  it('starts the agent, and again when it ends', async () => {
    await guest.says(/^osmofs-init: starting the agent/);
    // The daemon's socket is not there: every start is followed by one such line.
    await guest.count(/^osmofs-agent: no daemon listens at unix:\/run\/nobody/, 2);
  });

  it('makes a file system on a new data disk', () => {
    assert.ok(guest.lines.some((line) => line.includes('making a file system on the new data disk')));
    assert.deepEqual(answers('disk'), ['1', '/var/lib/osmofs/lost+found']);
  });

  it('powers off when the button is pressed', async () => {
    await guest.pressPower();
    await guest.end();
  });

  it('reboots and powers off by command, and keeps the data disk', async () => {
    // The disk tells the one time from the other.
    const command = `count=$(wc -l </var/lib/osmofs/boots); echo again >>/var/lib/osmofs/boots; echo "probe boots: $count"`;
    const probe = `${command}; [ "$count" = 2 ] && exec poweroff; exec reboot`;
    const again = await Guest.boot({ probe, disk, reboots: true });
    try {
      await again.says(/^probe boots: 1$/);
      await again.says(/^probe boots: 2$/);
      await again.end();
      assert.ok(!again.lines.some((line) => line.includes('making a file system')));
    } finally {
      await again.close();
    }
  });
});
