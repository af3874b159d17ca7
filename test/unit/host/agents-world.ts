import { once } from 'node:events';
import { join } from 'node:path';
import type { AgentSession } from '../../../host/agent-session.js';
import { Agents } from '../../../host/agents.js';
import { os } from '../../../native/index.js';
import { FakeAgent } from './fake-agent.js';
import { scratchDirectory } from './scratch-directory.js';

export const token: Uint8Array = Uint8Array.from({ length: 32 }, (_, at) => at + 1);
export const secret = Uint8Array.from({ length: 16 }, (_, at) => 100 + at);

/** Agents on a socket of their own for each test. */
export function listening(helloPatience = 10_000) {
  const directory = scratchDirectory();
  const log: string[] = [];
  let agents: Agents;
  const opened: FakeAgent[] = [];
  beforeEach(async () => {
    log.length = 0;
    const duplicate = (fd: number) => os.duplicate(fd);
    agents = new Agents({ token, log: (level, text) => log.push(`${level} ${text}`), duplicate, helloPatience });
    await agents.listen(join(directory(), 'agent.sock'));
  });
  afterEach(() => {
    for (const agent of opened.splice(0)) agent.close();
    for (const session of agents.sessions) session.destroy('the test is over');
    agents.close();
  });
  const path = () => join(directory(), 'agent.sock');
  const keep = (agent: FakeAgent) => {
    opened.push(agent);
    return agent;
  };
  return {
    log,
    path,
    agents: () => agents,
    dial: async () => keep(await FakeAgent.dial(path())),
    hello: async (changes: object = {}, with_ = token) => keep(await FakeAgent.hello(path(), with_, changes)),
    async session(): Promise<[FakeAgent, AgentSession]> {
      const [agent, [session]] = await Promise.all([this.hello(), once(agents, 'session') as Promise<[AgentSession]>]);
      await agent.reply();
      return [agent, session];
    },
  };
}
