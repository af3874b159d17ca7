import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { Problem } from '../../../host/problem.js';
import { asProblem } from '../../../host/vm-problem.js';
import { vmNames } from '../../../host/vm-view.js';
import { readVmConfig, writeVmConfig } from '../../../vm/config.js';
import { scratchDirectory } from './scratch-directory.js';

describe('host/vm-problem', () => {
  const here = scratchDirectory();

  it('is a disk that is full, read-only or crooked, with its path; a defect stays one', () => {
    for (const code of ['ENOSPC', 'EDQUOT', 'EROFS', 'ENOTDIR']) {
      const problem = asProblem(Object.assign(new Error(code), { code, path: '/s/x' }));
      assert.ok(problem instanceof Problem, code);
      assert.match(problem.line, /^osmofs: \/s\/x: .*\. [A-Z]/);
    }
    const defect = new TypeError('x is not a function');
    assert.equal(asProblem(defect), defect);
  });

  it('is said of files in the way: of the directory of all VMs, of one, of its configuration', () => {
    const inTheWay = `${here()}/file`;
    writeFileSync(inTheWay, '');
    assert.throws(() => vmNames(inTheWay), /not a directory/);
    assert.throws(() => readVmConfig(`${inTheWay}/config.json`), /cannot be read \(ENOTDIR\)/);
    mkdirSync(`${here()}/config.json`);
    assert.throws(() => writeVmConfig(`${here()}/config.json`, {}), { path: `${here()}/config.json` });
  });
});
