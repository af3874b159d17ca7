/** A test run that is interrupted leaves no process, mount, socket or file behind. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { eventually, inTime } from '../host/support/eventually.js';
import { atExit } from '../support/at-exit.js';
import { mountedTargets } from '../support/osmofs.js';
import { PATIENCE } from '../support/patience.js';

const MOCHA = createRequire(import.meta.url).resolve('mocha/bin/mocha.js');
const FIXTURE = fileURLToPath(new URL('./interrupted-fixture.js', import.meta.url));

interface Left {
  readonly home: string;
  readonly guest: string;
  readonly directory: string;
}

describe('an interrupted test run', () => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    it(`by ${signal} leaves nothing behind`, async () => {
      const child = spawn(process.execPath, [MOCHA, FIXTURE], { stdio: ['ignore', 'pipe', 'inherit'] });
      const forget = atExit(() => child.kill('SIGTERM'));
      const closed = once(child, 'exit');
      const { home, guest, directory } = await inTime('the mount', ready(child.stdout), 3 * PATIENCE);
      assert.ok(mountedTargets().includes(guest) && processesOf(home).length >= 2);
      child.kill(signal);
      await inTime('the end of the run', closed, 3 * PATIENCE);
      forget();
      assert.ok(!mountedTargets().includes(guest), 'the mount');
      await eventually(
        () => `the end of ${processesOf(home).join(', ')}`,
        () => processesOf(home).length === 0,
      );
      assert.ok(!existsSync(home), 'the files of osmofs');
      assert.ok(!existsSync(directory), 'the directories of the test');
    });
  }
});

async function ready(stdout: NodeJS.ReadableStream): Promise<Left> {
  let text = '';
  for await (const chunk of stdout) {
    text += chunk;
    const line = /^\s*READY (.*)$/m.exec(text);
    if (line !== null) return JSON.parse(line[1]!) as Left;
  }
  throw new Error(`it ended before it was ready: ${text}`);
}

/** Processes that belong to that osmofs. */
function processesOf(home: string): string[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`XDG_STATE_HOME=${home}/state`);
      } catch {
        return false;
      }
    });
}
