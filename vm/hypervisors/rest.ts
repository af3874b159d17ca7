/** vfkit's monitor: HTTP on a unix socket (doc/usage.md of github.com/crc-org/vfkit, "RESTful API"). */
import { request } from 'node:http';
import type { Monitor } from './monitor.js';

const PATIENCE = 5_000;

export class Rest implements Monitor {
  constructor(readonly socketPath: string) {}

  /** 'Stop' asks the guest, 'HardStop' would not. */
  powerButton(): Promise<void> {
    return new Promise((resolve, reject) => {
      const call = request({
        socketPath: this.socketPath,
        method: 'POST',
        path: '/vm/state',
        headers: { 'content-type': 'application/json' },
        timeout: PATIENCE,
        agent: false,
      });
      call.on('timeout', () => call.destroy(new Error(`no answer within ${PATIENCE / 1000} s`)));
      call.on('error', reject);
      call.on('response', (response) => {
        response.resume();
        if (response.statusCode !== undefined && response.statusCode < 300) resolve();
        else reject(new Error(`it answers ${response.statusCode}`));
      });
      call.end(JSON.stringify({ state: 'Stop' }));
    });
  }

  close(): void {}
}
