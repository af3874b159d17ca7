import assert from 'node:assert/strict';
import { afterChown, afterWrite } from '../../../../host/ownership/set-id.js';
import { S_IFDIR, S_IFIFO, S_IFREG } from '../../../../protocol/linux.js';

describe('set-id bits', () => {
  const cases: [what: string, type: number, before: number, chown: number, write: number][] = [
    ['a program with both', S_IFREG, 0o6755, 0o755, 0o755],
    ['set-group-id without group execution', S_IFREG, 0o6745, 0o2745, 0o2745],
    ['set-user-id without any execution', S_IFREG, 0o4644, 0o644, 0o644],
    ['the sticky bit', S_IFREG, 0o7755, 0o1755, 0o1755],
    ['a directory', S_IFDIR, 0o7777, 0o7777, 0o7777],
    ['a FIFO', S_IFIFO, 0o6777, 0o777, 0o6777],
    ['nothing to clear', S_IFREG, 0o644, 0o644, 0o644],
  ];
  for (const [what, type, before, chown, write] of cases) {
    it(`${what}: 0${before.toString(8)}`, () => {
      assert.equal(afterChown(type | before, before), chown);
      assert.equal(afterWrite(type | before, before), write);
    });
  }
});
