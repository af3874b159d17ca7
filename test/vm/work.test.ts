/** Real work in the guest, on a share: each compared with what this machine sees of it. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { digest } from '../work/support/digest.js';
import { snapshotRepository } from '../work/support/git.js';
import { run } from '../work/support/run.js';
import { growTree } from '../work/support/tree.js';
import { DEBIAN, packageRoot, Vm } from './support/vm.js';

const FILES = 5000;
const MiB = 1 << 20;

describe('work in a VM', function () {
  this.timeout(300_000);
  let vm: Vm;
  let host: string;

  before(async function () {
    vm = await Vm.orSkip(this);
    host = vm.directory('work');
    await vm.mount(host, '/work', ['--ownership', 'strict']);
    // What the programs of Vm.debian need in their root directory; the share is at /mnt there.
    for (const [from, to] of Object.entries({ '/dev': 'dev', '/proc': 'proc', '/work': 'mnt' }))
      await vm.run(['mount', '--bind', from, `${DEBIAN}/${to}`]);
  });

  it('git clone of this repository, fsck, and the same files as a clone here', async () => {
    await snapshotRepository(packageRoot, `${host}/source.git`);
    const git = 'git -c safe.directory=*';
    await vm.debian(`cd /mnt && ${git} clone --quiet --no-local file:///mnt/source.git clone`, { timeout: 240_000 });
    await vm.debian(`cd /mnt/clone && ${git} fsck --full --no-progress && test -z "$(${git} status --porcelain)"`, {
      timeout: 240_000,
    });
    const here = vm.directory('clone-here');
    await run('git', ['-c', 'safe.directory=*', 'clone', '--quiet', `${host}/source.git`, `${here}/clone`]);
    const tree = { times: false, owners: false, attributes: false, without: ['.git'] };
    assert.deepEqual(await digest(`${host}/clone`, tree), await digest(`${here}/clone`, tree));
  });

  it('SQLite in WAL mode, two processes at once, loses no transaction', async () => {
    const sql = (text: string) => `sqlite3 -batch -bail /mnt/test.db '.timeout 60000' "${text}"`;
    await vm.debian(sql('PRAGMA journal_mode=WAL; CREATE TABLE counter (n); INSERT INTO counter VALUES (0);'));
    const one = sql('BEGIN IMMEDIATE; UPDATE counter SET n = n + 1; COMMIT;');
    const many = `for i in 1 2 3 4 5 6 7 8 9 10; do ${one}; done`;
    await vm.debian(`(${many}) & first=$!; (${many}) & second=$!; wait $first; wait $second`, { timeout: 240_000 });
    const seen = await vm.debian(sql('PRAGMA integrity_check; SELECT n FROM counter;'));
    assert.deepEqual(seen.trim().split('\n'), ['ok', '20']);
    // The host's own sqlite3 reads what the guest wrote.
    assert.equal(await run('sqlite3', [`${host}/test.db`, 'SELECT n FROM counter;']), '20');
  });

  it(`a tree of ${FILES} files has the same digest on both sides`, async () => {
    const tree = vm.directory('work/tree');
    await growTree(tree, { files: FILES, seed: 7 });
    // Names may have newlines: each is ended by a NUL.
    const command = (dir: string) => `cd ${dir} && find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum`;
    const there = await vm.debian(command('/mnt/tree'), { timeout: 280_000 });
    assert.equal(there.trim().split('\n').length > FILES / 2, true);
    assert.equal(there, `${await run('sh', ['-c', command(tree)])}\n`);
  });

  it('64 MiB of random writes, verified in the guest and on the host', async () => {
    const job = `--name=random --directory=/mnt --size=${64 * MiB} --rw=randwrite --bs=64k --randseed=1`;
    const verify = '--verify=crc32c --verify_fatal=1 --verify_dump=0 --ioengine=psync --fsync=256 --output-format=json';
    const { jobs } = JSON.parse(await vm.debian(`fio ${job} ${verify}`, { timeout: 280_000 }));
    assert.deepEqual([jobs[0].error, jobs[0].write.io_bytes], [0, 64 * MiB]);
    const there = (await vm.debian('sha256sum /mnt/random.0.0', { timeout: 240_000 })).split(' ')[0];
    assert.equal(
      there,
      createHash('sha256')
        .update(readFileSync(`${host}/random.0.0`))
        .digest('hex'),
    );
  });
});
