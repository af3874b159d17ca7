/**
 * Runs unprivileged-cases.ts: as root in a child process of another user, from a copy of the few files needed, because
 * that user may not be able to read the checkout; else in this process.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type TemporaryDirectory, temporaryDirectory } from '../../../support/bare-directory.js';
import { isRoot } from './fixture.js';
import { cases } from './unprivileged-cases.js';

const UNPRIVILEGED = 1000;
const HERE = 'dist/test/unit/host/ownership';
const ADDON = `native/${process.env.OSMOFS_NATIVE_BUILD ?? 'build'}/Release/osmofs.node`;

describe('ownership without privileges', () => {
  let place: TemporaryDirectory;

  beforeEach(() => {
    place = temporaryDirectory();
    fs.mkdirSync(`${place.dir}/share`);
  });
  afterEach(() => place.remove());

  if (!isRoot) {
    for (const { name, prepare, run } of cases) {
      if (prepare === undefined) it(name, () => run(`${place.dir}/share`));
    }
    return;
  }

  let copy: TemporaryDirectory;

  before(() => {
    copy = temporaryDirectory();
    const checkout = fileURLToPath(new URL('../../../../../', import.meta.url));
    for (const part of ['package.json', 'dist/native', 'dist/protocol', 'dist/host/ownership', HERE, ADDON]) {
      fs.cpSync(`${checkout}${part}`, `${copy.dir}/${part}`, { recursive: true });
    }
  });
  after(() => copy.remove());

  for (const { name, prepare } of cases) {
    it(name, () => {
      const dir = `${place.dir}/share`;
      prepare?.(dir, UNPRIVILEGED);
      fs.chownSync(dir, UNPRIVILEGED, UNPRIVILEGED);
      const child = spawnSync(process.execPath, [`${copy.dir}/${HERE}/unprivileged-main.js`, dir, name], {
        uid: UNPRIVILEGED,
        gid: UNPRIVILEGED,
        cwd: dir,
        encoding: 'utf8',
      });
      assert.equal(child.status, 0, child.stderr);
    });
  }
});
