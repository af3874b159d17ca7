/** Where the addon's other builds (sanitizers, the check for macOS) find the headers of Node. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeHeaders } from '../../../native/compile/headers.js';

describe("Node's headers", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'osmofs-headers-'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  /** A directory below which headers lie. */
  function headersIn(name: string): string {
    const directory = join(root, name, 'include/node');
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, 'node_api.h'), '');
    return directory;
  }

  it('are those of the option nodedir first, then those that the addon was built with, then those beside the program', () => {
    const beside = headersIn('install');
    const program = join(root, 'install/bin/node');
    const written = join(root, 'config.gypi');
    assert.equal(nodeHeaders({}, program, written), beside);
    const built = headersIn('built');
    writeFileSync(written, `# Do not edit.\n{ "variables": { "nodedir": "${join(root, 'built')}" } }\n`);
    assert.equal(nodeHeaders({}, program, written), built);
    const asked = headersIn('asked');
    assert.equal(nodeHeaders({ npm_config_nodedir: join(root, 'asked') }, program, written), asked);
    assert.equal(nodeHeaders({ npm_config_nodedir: join(root, 'nothing here') }, program, written), built);
  });
});
