import assert from 'node:assert/strict';
import { isProblemCode, Problem, printable } from '../../../host/problem.js';
import { notShared } from '../../../host/shares.js';

describe('host/problem', () => {
  it('is one line: thing, what, way out', () => {
    const problem = new Problem('conflict', '/mnt', 'already a mount point', 'Choose another');
    assert.equal(problem.line, 'osmofs: /mnt: already a mount point. Choose another');
  });

  it('ends after what is wrong if there is no way out', () => {
    assert.equal(new Problem('internal', 'daemon', 'failed').line, 'osmofs: daemon: failed');
  });

  it('stays one line whatever a path holds', () => {
    const { line } = new Problem('bad-source', '/a\nb\x1b[31m\x85', 'no such directory', 'Create it: mkdir -p "/a\nb"');
    assert.equal(line, 'osmofs: /a\\x0ab\\x1b[31m\\x85: no such directory. Create it: mkdir -p "/a\\x0ab"');
  });

  it('is JSON with code, message and hint', () => {
    assert.deepEqual(JSON.parse(JSON.stringify(new Problem('not-found', 'x', 'no such mount', 'osmofs ls'))), {
      error: { code: 'not-found', message: 'x: no such mount', hint: 'osmofs ls' },
    });
  });

  it('comes back from its JSON', () => {
    const problem = new Problem('bad-config', '/a: b', 'no: good', 'Correct it');
    const back = Problem.from(JSON.parse(JSON.stringify(problem)));
    assert.deepEqual([back.code, back.line], [problem.code, problem.line]);
    for (const other of [null, 7, {}, { error: { code: 'x', message: 5 } }])
      assert.equal(Problem.from(other).code, 'internal');
  });

  it('has the exit codes that scripts rely on', () => {
    const exit = (code: ConstructorParameters<typeof Problem>[0]) => new Problem(code, 'x', 'y').exitCode;
    assert.deepEqual(
      [exit('internal'), exit('busy'), exit('not-shared'), exit('usage'), exit('not-running'), exit('not-found')],
      [1, 1, 1, 2, 3, 4],
    );
  });

  it('refuses what is not shared in the words people search for', () => {
    assert.equal(
      notShared('/srv/data').line,
      'osmofs: /srv/data: not shared from the host. Share it first: osmofs share add /srv/data',
    );
    assert.match(notShared("/a b'c").line, /osmofs share add '\/a b'\\''c'$/);
  });

  it('knows its codes', () => {
    assert.ok(isProblemCode('busy'));
    for (const other of ['toString', 'x', undefined, 7]) assert.ok(!isProblemCode(other));
  });

  it('leaves printable text alone', () => {
    assert.equal(printable('/home/zoë/日本 \\x0a'), '/home/zoë/日本 \\x0a');
  });
});
