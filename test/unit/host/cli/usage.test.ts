import assert from 'node:assert/strict';
import { answering, osmofs } from './fake-context.js';

describe('host/cli: usage', () => {
  const wrong: [argv: string[], says: RegExp][] = [
    [['frob'], /^osmofs: command line: unknown command 'frob'\. See: osmofs --help\n$/],
    [['moun'], /Did you mean mount\?/],
    [['share'], /^osmofs: share: a command is missing\. One of: add, rm, ls\n$/],
    [['share', 'frob'], /^osmofs: share: unknown command 'frob'/],
    [['mount'], /^osmofs: mount: missing required argument 'source'\. See: osmofs mount --help\n$/],
    [['mount', '/a', '/b', '/c'], /^osmofs: mount: too many arguments/],
    [['mount', '--frob', '/a'], /^osmofs: mount: unknown option '--frob'/],
    [['mount', '--consistency', 'eventual', '/a'], /Allowed choices are consistent, default, cached, delegated/],
    [['mount', '/a:/b:ro', '--uid'], /argument missing/],
    [['mount', '/a:/b:rw', '--ro'], /contradicts/],
    [['share', 'add'], /^osmofs: share add: missing required argument 'directory'\. See: osmofs share add --help\n$/],
    [['umount'], /^osmofs: umount: nothing to unmount\. Name a mount, or say --all\n$/],
    [['umount', ''], /name is empty/],
    [['umount', 'x', '--all'], /named, but so is --all/],
    [['completion', 'tcsh'], /Allowed choices are bash, zsh, fish/],
    [['ls', '--format', 'xml'], /Allowed choices are table, json/],
    [['vm'], /^osmofs: vm: a command is missing\. One of: start, stop,/],
    [['vm', 'start', '--memory', 'much'], /^osmofs: --memory: much is not a size\. Write it as 512M or 2G\n$/],
    [['vm', 'start', '--cpus', 'two'], /^osmofs: --cpus: two is not a number/],
    [['vm', 'start', '--accelerator', 'fast'], /Allowed choices are auto, kvm, hvf, tcg/],
    [['vm', 'stop', 'a', '--all'], /named, but so is --all/],
    [['vm', 'rm'], /missing required argument 'vm'/],
    [['daemon', 'stop', 'now'], /too many arguments/],
  ];
  for (const [argv, says] of wrong) {
    it(`${argv.join(' ')} is refused with one line and exit code 2`, async () => {
      const { code, stdout, stderr } = await osmofs(argv, answering([]));
      assert.deepEqual([code, stdout], [2, '']);
      assert.match(stderr, says);
      assert.match(stderr, /^[^\n]+\n$/);
    });
  }

  it('is refused as JSON if JSON is wanted, wherever that is said', async () => {
    for (const argv of [
      ['--format', 'json', 'mount'],
      ['mount', '--format=json'],
      ['umount', '--format', 'json'],
    ]) {
      const { code, stderr } = await osmofs(argv);
      assert.equal(code, 2);
      const { error } = JSON.parse(stderr);
      assert.deepEqual(Object.keys(error), ['code', 'message', 'hint']);
      assert.equal(error.code, 'usage');
    }
  });

  it('without any word is the help, and exit code 2', async () => {
    const { code, stderr } = await osmofs([]);
    assert.equal(code, 2);
    assert.match(stderr, /^Usage: osmofs/);
  });
});

describe('host/cli: help', () => {
  for (const argv of [
    [],
    ['mount'],
    ['umount'],
    ['ls'],
    ['status'],
    ['share', 'add'],
    ['share', 'rm'],
    ['share', 'ls'],
    ['daemon', 'start'],
    ['daemon', 'stop'],
    ['daemon', 'status'],
    ['completion'],
  ]) {
    it(`of osmofs ${argv.join(' ')} shows what it takes, with examples`, async () => {
      const { code, stdout, stderr } = await osmofs([...argv, '--help']);
      assert.deepEqual([code, stderr], [0, '']);
      assert.match(stdout, /^Usage: osmofs/);
      assert.match(stdout, /--format <format>/);
      assert.match(stdout, /\nExamples:\n {2}osmofs|\nExamples:\n {2}source/);
    });
  }

  it('comes by `help` as well; the version by its option', async () => {
    assert.match((await osmofs(['help', 'mount'])).stdout, /^Usage: osmofs mount/);
    const { code, stdout } = await osmofs(['--version']);
    assert.equal(code, 0);
    assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
  });
});
