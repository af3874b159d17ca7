import assert from 'node:assert/strict';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { connect, createServer as createRawServer } from 'node:net';
import { join } from 'node:path';
import { Client } from '../../../host/cli/client.js';
import { ControlApi, LastAnswer, type Routes } from '../../../host/control-api.js';
import { listen } from '../../../host/listen.js';
import { Problem } from '../../../host/problem.js';
import { problem } from './problems.js';
import { scratchDirectory } from './scratch-directory.js';

describe('host/control-api and host/cli/client', () => {
  const directory = scratchDirectory();
  const path = () => join(directory(), 'control.sock');
  const log: string[] = [];
  let api: ControlApi;
  let ended: () => void;

  const routes: Routes = {
    'GET /v1/hello': () => ({ hello: 'you' }),
    'POST /v1/echo': (body) => body,
    'POST /v1/refuse': () => {
      throw new Problem('not-found', 'x: y', 'no such thing', 'Look: elsewhere');
    },
    'POST /v1/defect': () => {
      throw new TypeError('secret of the inside');
    },
    'POST /v1/stop': () => new LastAnswer({ stopped: true }, () => ended()),
  };
  beforeEach(async () => {
    log.length = 0;
    api = new ControlApi(routes, (level, text) => log.push(`${level} ${text}`));
    await api.listen(path());
  });
  afterEach(() => api.close());
  const client = () => new Client(path());

  it('answers requests, on a socket for the owner only', async () => {
    assert.deepEqual(await client().request('GET', '/v1/hello'), { hello: 'you' });
    assert.deepEqual(await client().request('POST', '/v1/echo', { a: ['ü', 1] }), { a: ['ü', 1] });
    assert.equal(statSync(path()).mode & 0o777, 0o600);
  });

  it('carries a refusal over with its code, thing and way out', async () => {
    await assert.rejects(
      client().request('POST', '/v1/refuse', {}),
      problem('not-found', 'osmofs: x: y: no such thing. Look: elsewhere'),
    );
  });

  it('writes the stack of a defect to the log', async () => {
    await assert.rejects(client().request('POST', '/v1/defect', {}), problem('internal', 'secret of the inside'));
    assert.match(log.at(-1)!, /^error POST \/v1\/defect failed: TypeError: .*\n +at /);
  });

  it('refuses what is not there', async () => {
    for (const route of ['/v1/nothing', '/', '/v1/hello?x', '/__proto__', '/toString']) {
      await assert.rejects(client().request('GET', route), problem('bad-request', 'no such request'));
    }
    await assert.rejects(client().request('DELETE', '/v1/hello'), problem('bad-request', 'no such request'));
  });

  it('refuses bodies that are too long', async () => {
    const body = { text: 'x'.repeat(65_536) };
    await assert.rejects(client().request('POST', '/v1/echo', body), problem('bad-request', 'longer than 65536 bytes'));
  });

  it('answers what is not JSON, or not HTTP, and goes on', async () => {
    const say = async (text: string) => {
      const socket = connect(path());
      socket.end(text);
      let answer = '';
      for await (const chunk of socket.setEncoding('utf8')) answer += chunk;
      return answer;
    };
    const body = await say('POST /v1/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n{"a');
    assert.match(body, /^HTTP\/1.1 400 [\s\S]*not JSON/);
    await say('\0\0\0 this is no HTTP\r\n\r\n').catch(() => '');
    assert.deepEqual(await client().request('GET', '/v1/hello'), { hello: 'you' });
  });

  it('keeps the last connection open until its process is gone', async () => {
    const stopping = new Promise<void>((resolve) => {
      ended = resolve;
    });
    let answered = false;
    const answer = client()
      .request('POST', '/v1/stop', {}, { untilClosed: true })
      .finally(() => {
        answered = true;
      });
    await stopping;
    assert.deepEqual(await client().request('GET', '/v1/hello'), { hello: 'you' });
    assert.ok(!answered);
    api.closeConnections();
    assert.deepEqual(await answer, { stopped: true });
  });

  it('is not running where nobody listens, or nothing is', async () => {
    api.close();
    await assert.rejects(client().request('GET', '/v1/hello'), problem('not-running', 'osmofs daemon start'));
  });

  it('does not wait for ever for one that is silent', async () => {
    const silent = createRawServer();
    await listen(silent, join(directory(), 'silent.sock'));
    const asking = new Client(join(directory(), 'silent.sock')).request('GET', '/', undefined, { patience: 30 });
    const [socket] = await once(silent, 'connection');
    await assert.rejects(asking, problem('timed-out', 'no answer within 0.03 s'));
    socket.destroy();
    silent.close();
  });

  it('says when what answers is no daemon of osmofs', async () => {
    const other = createRawServer((socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi'));
    await listen(other, join(directory(), 'other.sock'));
    const asking = new Client(join(directory(), 'other.sock')).request('GET', '/');
    await assert.rejects(asking, problem('internal', 'its answer is not JSON'));
    other.close();
  });
});
