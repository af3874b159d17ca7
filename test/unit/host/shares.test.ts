import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { contains, covering, defaultRoots, innermost, Shares, shellWord } from '../../../host/shares.js';
import { problem } from './problems.js';
import { makeDirectory, scratchDirectory } from './scratch-directory.js';

describe('host/shares', () => {
  const directory = scratchDirectory();
  const at = (name: string) => join(directory(), name);
  const shares = (...defaults: string[]) => new Shares(at('config.json'), defaults);
  const make = (...names: string[]) => names.map((name) => makeDirectory(at(name)));

  it('are the platform’s until somebody decides', async () => {
    assert.deepEqual(defaultRoots('linux', '/home/me'), ['/home/me', '/tmp']);
    assert.deepEqual(defaultRoots('darwin', '/Users/me'), ['/Users', '/Volumes', '/private', '/tmp', '/var/folders']);
    const [home] = make('home');
    assert.deepEqual(await shares(home!, at('gone')).list(), [
      { path: home, real: home, source: 'default' },
      { path: at('gone'), real: undefined, source: 'default' },
    ]);
  });

  it('keep the defaults when one is added, and stay added', async () => {
    const [home, data] = make('home', 'data');
    await shares(home!).add(data!);
    assert.deepEqual(
      (await shares('/ignored').list()).map(({ path, source }) => [path, source]),
      [
        [home, 'config'],
        [data, 'config'],
      ],
    );
  });

  it('are there once, however they are written', async () => {
    const [data] = make('data');
    fs.symlinkSync('data', at('link'));
    const all = shares();
    await all.add(data!);
    await all.add(`${data}/../data/`);
    assert.equal((await all.add(at('link'))).path, data);
    assert.equal((await all.list()).length, 1);
  });

  it('can be removed by another name, and when they are gone', async () => {
    const [data, other] = make('data', 'other');
    fs.symlinkSync('data', at('link'));
    const all = shares();
    await all.add(data!);
    await all.add(other!);
    await all.remove(at('link'));
    fs.rmdirSync(other!);
    await all.remove(other!);
    assert.deepEqual(await all.list(), []);
  });

  it('lose nothing when several are added and removed at once', async () => {
    const names = make('a', 'b', 'c', 'd');
    const all = shares();
    await all.add(names[0]!);
    const refused = assert.rejects(all.add(at('missing')));
    await Promise.all([...names.slice(1).map((name) => all.add(name)), all.remove(names[0]!), refused]);
    assert.deepEqual(
      (await all.list()).map(({ path }) => path),
      names.slice(1),
    );
  });

  it('refuse what is no directory', async () => {
    fs.writeFileSync(at('file'), '');
    await assert.rejects(shares().add(at('missing')), problem('bad-source', 'no such directory', 'mkdir -p'));
    await assert.rejects(shares().add(at('file')), problem('bad-source', 'not a directory'));
    await assert.rejects(shares().add(at('file/x')), problem('bad-source', 'a part of the path is not a directory'));
  });

  it('say when there is no such root', async () => {
    await assert.rejects(shares('/tmp').remove(at('x')), problem('not-found', 'not a share root', 'osmofs share ls'));
  });

  it('keep the rest of the configuration', async () => {
    fs.writeFileSync(at('config.json'), '{"defaults":{"readOnly":true}}');
    const [data] = make('data');
    await shares().add(data!);
    assert.deepEqual(JSON.parse(fs.readFileSync(at('config.json'), 'utf8')), {
      defaults: { readOnly: true },
      shares: [data],
    });
  });

  it('cover what is below them, resolved, and nothing else', async () => {
    make('share/inner', 'share-not', 'secret');
    fs.symlinkSync('share', at('link'));
    const roots = await shares(at('link')).list();
    const covers = (name: string) => covering(roots, fs.realpathSync(at(name)))?.path;
    fs.symlinkSync('../secret', at('share/out'));
    fs.symlinkSync('share/inner', at('in'));
    assert.equal(covers('share'), at('link'));
    assert.equal(covers('share/inner'), at('link'));
    assert.equal(covers('in'), at('link'), 'a link into the root');
    assert.equal(covers('share/out'), undefined, 'a link out of the root');
    assert.equal(covers('share-not'), undefined, 'a longer name');
    assert.equal(covers('.'), undefined, 'the parent');
  });
});

describe('host/shares: the innermost root', () => {
  const root = (path: string, real: string | undefined = path) => ({ path, real, source: 'config' as const });

  it('is the deepest that covers a path, in whatever order they are', () => {
    const roots = [root('/a/b'), root('/'), root('/a'), root('/a/bc'), { ...root('/gone'), real: undefined }];
    for (const list of [roots, [...roots].reverse()]) {
      assert.equal(innermost(list, '/a/b/c')?.path, '/a/b');
      assert.equal(innermost(list, '/a/x')?.path, '/a');
      assert.equal(innermost(list, '/x')?.path, '/');
    }
    assert.equal(innermost([root('/a')], '/b'), undefined);
  });
});

describe('host/shares: paths', () => {
  it('contain themselves and what is below', () => {
    assert.ok(contains('/a', '/a'));
    assert.ok(contains('/a', '/a/b'));
    assert.ok(contains('/', '/a'));
    assert.ok(!contains('/a', '/ab'));
    assert.ok(!contains('/a/b', '/a'));
  });

  it('are quoted for the shell only if they must be', () => {
    assert.equal(shellWord('/a-b/c_d.e'), '/a-b/c_d.e');
    assert.equal(shellWord('/a b'), "'/a b'");
    assert.equal(shellWord("/a'$(x)"), "'/a'\\''$(x)'");
  });
});
