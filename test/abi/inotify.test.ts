/** The numbers of inotify against the C library's header. */
import assert from 'node:assert/strict';
import { IN, INOTIFY_HEADER } from '../../native/os-watch.js';
import { evaluate, hasCompiler } from './compiler.js';

describe('abi: inotify', () => {
  const why = hasCompiler() && process.platform === 'linux' ? null : "a C compiler and Linux's headers";
  it(`has the numbers of <sys/inotify.h>${why === null ? '' : ` (skipped: needs ${why})`}`, function () {
    if (why !== null) this.skip();
    const names = Object.keys(IN).map((name) => `IN_${name}`);
    const found = evaluate('#include <sys/inotify.h>\n', [...names, 'sizeof(struct inotify_event)']);
    for (const [name, value] of Object.entries(IN)) assert.equal(Number(found[`IN_${name}`]) >>> 0, value, name);
    assert.equal(Number(found['sizeof(struct inotify_event)']), INOTIFY_HEADER);
  });
});
