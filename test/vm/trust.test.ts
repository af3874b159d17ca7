/** Who may speak for a VM: nobody in a guest without its token, and no VM for another. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { lstatSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Mount } from '../../host/api.js';
import { Lane, Role } from '../../protocol/control.js';
import { encodeFrame, HELLO_LIMIT } from '../../protocol/frame.js';
import { AGENT_PORT, LANE_SECRET_BYTES, PROTOCOL_MAJOR, TOKEN_BYTES } from '../../protocol/version.js';
import { type Answer, hello, NOBODY, ofMajor, speak } from './support/speak.js';
import { NODE, Vm } from './support/vm.js';

/** What nobody may hear of: the name of a directory that is shared. */
const NAME = 'accounts-of-one';
const NOISE = Uint8Array.from({ length: 500 }, (_, at) => (at * 37 + 11) & 255);
/** More than the daemon waits for at a time. */
const CROWD = 80;

describe('trust in the guests', function () {
  this.timeout(120_000);
  let vm: Vm;
  let other: Vm;
  let host: string;
  let mount: Mount;
  /** those who say nothing, which takes its time */
  let crowd: Promise<Answer[]> | undefined;
  const tokenOf = (of: Vm) => Buffer.from(readFileSync(of.files.token, 'latin1').trim(), 'hex');
  const log = () => readFileSync(`${vm.osmofs.home}/state/osmofs/daemon.log`, 'utf8');
  const count = (part: string) => log().split(part).length - 1;
  const mounts = async () => JSON.parse((await vm.succeed(['ls', '--format', 'json'])).stdout) as Mount[];

  before(async function () {
    vm = await Vm.orSkip(this);
    other = await vm.other('other');
    host = vm.directory(NAME);
    await vm.mount(host, '/accounts');
    mount = (await mounts()).find(({ target }) => target === '/accounts')!;
  });
  after(async () => {
    await vm?.succeed(['umount', '/accounts']);
  });

  it('an ordinary program gets a refusal and nothing else, each with a line in the log; the agent goes on', async () => {
    const wrong = randomBytes(TOKEN_BYTES);
    const right = tokenOf(vm);
    const secret = randomBytes(LANE_SECRET_BYTES);
    const guest = vm.name;
    const lane = { guest, role: Role.LANE, mountId: mount.id, lane: Lane.DATA, laneSecret: secret };
    const refused: [message: Uint8Array, says: RegExp][] = [
      [Buffer.from('GET / HTTP/1.1\r\nHost: host\r\n\r\n'), /longer than the limit/],
      [encodeFrame(NOISE, HELLO_LIMIT), /the hello cannot be read/],
      [hello(wrong, { guest }), /token is not the right one/],
      [hello(new Uint8Array(TOKEN_BYTES), { guest }), /token is not the right one/],
      [hello(tokenOf(other), { guest }), /token is not the right one/],
      [hello(tokenOf(other), { guest: other.name }), /token is not the right one/],
      [hello(wrong, lane), /token is not the right one/],
      [hello(right, lane), /no mount waits for this lane/],
      [hello(wrong, { guest, role: Role.STREAM, execId: 1, execSecret: secret }), /token is not the right one/],
      [hello(right, { guest, role: Role.STREAM, execId: 1, execSecret: secret }), /no program waits for this stream/],
    ];
    const line = `an agent of ${guest} was refused: `;
    const [lines, connected] = [count(line), count(`agent ${guest} `)];
    // A program that was started before, and works in the share before and after.
    const worker = await vm.peer();
    try {
      worker.do('writeFile', '/accounts/file', 'before');
      const answers = await speak(
        vm,
        refused.map(([message]) => message),
      );
      worker.do('writeFile', '/accounts/file', 'after');
      assert.equal(readFileSync(`${host}/file`, 'utf8'), 'after');
      assert.equal(answers.length, refused.length);
      for (const [index, [, says]] of refused.entries()) {
        const { refusal, bytes } = answers[index]!;
        assert.match(refusal ?? 'nothing', says);
        for (const secretly of [NAME, mount.name, '/accounts']) assert.ok(!bytes.includes(secretly), refusal);
        assert.ok(log().includes(`${line}${refusal}`), `the log has: ${refusal}`);
      }
    } finally {
      await worker.end();
    }
    assert.equal(count(line) - lines, refused.length, 'one line for each');
    assert.equal(count(`agent ${guest} `), connected, 'the agent has not come or gone');
    for (const of of [right, tokenOf(other)]) assert.ok(!log().includes(of.toString('hex')), 'no token in the log');
  });

  it('any number of connections that say nothing do not keep programs and mounts out', async () => {
    const begun = hello(tokenOf(vm), { guest: vm.name }).subarray(0, 20);
    crowd = speak(vm, [...Array.from({ length: CROWD - 1 }, () => Buffer.alloc(0)), begun]);
    // A failure is that of the test which waits for it.
    crowd.catch(() => {});
    while (count('more connections are waiting') === 0) assert.equal(await vm.run(['echo', 'let in']), 'let in\n');
    assert.equal(await vm.run(['echo', 'let in']), 'let in\n');
    await vm.mount(vm.directory('late'), '/late');
    await vm.succeed(['umount', '/late']);
  });

  it('an ordinary user of the guest finds the token nowhere; root does, in its file only', async () => {
    // The pattern comes by stdin: on a command line the search would find itself.
    const look = `
      const { readdirSync, readFileSync } = require('node:fs');
      const token = readFileSync(0, 'latin1').trim();
      const raw = Buffer.from(token, 'hex');
      const user = Number(process.argv[1]);
      process.setgid(user);
      process.setuid(user);
      const found = [];
      const see = (path) => {
        try {
          const bytes = readFileSync(path);
          if (bytes.includes(token) || bytes.includes(raw)) found.push(path);
        } catch {}
      };
      const own = String(process.pid);
      for (const pid of readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name) && name !== own))
        for (const name of ['cmdline', 'environ', 'stat', 'status', 'maps']) see('/proc/' + pid + '/' + name);
      see('/proc/cmdline');
      for (const top of ['/etc', '/run', '/tmp', '/dev/shm', '/opt/osmofs/dist', '/var', '/root'])
        try {
          for (const entry of readdirSync(top, { recursive: true, withFileTypes: true }))
            if (entry.isFile()) see(entry.parentPath + '/' + entry.name);
        } catch {}
      console.log(JSON.stringify(found));
    `;
    const input = readFileSync(vm.files.token);
    const search = async (user: number) => JSON.parse(await vm.run([NODE, '-e', look, String(user)], { input }));
    assert.deepEqual(await search(NOBODY), []);
    assert.deepEqual(await search(0), ['/etc/osmofs/token']);
    assert.equal(await vm.run(['stat', '-c', '%a %u %g', '/etc/osmofs/token']), '600 0 0\n');
    const printed = await vm.run(['dmesg']);
    assert.ok(!printed.includes(tokenOf(vm).toString('hex')), 'nor has the kernel printed it');
  });

  it('what one VM has mounted is nowhere in another, and its tokens and names open nothing there', async () => {
    assert.ok(!(await other.run(['cat', '/proc/mounts'])).includes('fuse'));
    assert.deepEqual(
      (await mounts()).filter(({ guest }) => guest === other.name),
      [],
    );
    const lane = { role: Role.LANE, mountId: mount.id, lane: Lane.META, laneSecret: randomBytes(LANE_SECRET_BYTES) };
    const refused: [message: Uint8Array, says: RegExp][] = [
      [hello(tokenOf(other), { guest: vm.name }), /this is the socket of other, not of default/],
      [hello(tokenOf(vm), { guest: vm.name }), /token is not the right one/],
      [hello(tokenOf(vm), { guest: other.name }), /token is not the right one/],
      [hello(tokenOf(other), { ...lane, guest: other.name }), /no mount waits for this lane/],
      [hello(tokenOf(other), { ...lane, guest: vm.name }), /this is the socket of other, not of default/],
    ];
    const answers = await speak(
      other,
      refused.map(([message]) => message),
      0,
    );
    for (const [index, { refusal, bytes }] of answers.entries()) {
      assert.match(refusal ?? 'nothing', refused[index]![1]);
      for (const secretly of [NAME, mount.name, '/accounts']) assert.ok(!bytes.includes(secretly));
    }
  });

  it('each VM comes out in a directory of its own, which is its user’s alone', () => {
    const mode = (path: string) => (lstatSync(path).mode & 0o777).toString(8);
    const directories = [vm, other].map((each) => dirname(each.vsockPath(AGENT_PORT)));
    assert.notEqual(directories[0], directories[1]);
    for (const each of [vm, other]) {
      const { directory, sockets, token, initrd, launch } = each.files;
      for (const path of [directory, sockets, dirname(each.vsockPath(AGENT_PORT))])
        assert.equal(mode(path), '700', path);
      for (const path of [token, initrd, launch, each.vsockPath(AGENT_PORT)]) assert.equal(mode(path), '600', path);
    }
  });

  it('a hello of another version is refused before its token is looked at, and says what to do', async () => {
    const good = hello(randomBytes(TOKEN_BYTES), { guest: vm.name });
    const answers = await speak(vm, [ofMajor(PROTOCOL_MAJOR - 1, good), ofMajor(PROTOCOL_MAJOR + 1, good)]);
    assert.match(answers[0]!.refusal!, /version 0 is older than 1, which is needed; install the same osmofs/);
    assert.match(answers[1]!.refusal!, /version 2 is newer than 1, which is needed; install the same osmofs/);
  });

  it('who says nothing is hung up on: the last to come with a sentence, those before to make room for them', async () => {
    const answers = await crowd!;
    const told = answers.filter(({ refusal }) => refusal === 'no hello within 10 s');
    const untold = answers.filter(({ bytes }) => bytes.length === 0);
    assert.equal(told.length + untold.length, CROWD);
    assert.ok(told.length > 0 && untold.length >= CROWD - 64, `${told.length} and ${untold.length}`);
    const line = `an agent of ${vm.name} was refused: `;
    assert.equal(count(`${line}no hello within 10 s`), told.length);
    assert.equal(count('no hello, and more connections are waiting'), untold.length);
  });
});
