/** Writes the agent's files below a directory: `node dist/vm/image/agent-main.js DIRECTORY`. For vm/agent.Dockerfile. */
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { addAgent, HOME } from './bundle.js';
import { Tree } from './tree.js';

const [directory] = process.argv.slice(2);
if (directory === undefined) throw new Error('usage: agent-main.js DIRECTORY');
const tree = new Tree();
await addAgent(tree);
for (const entry of tree.entries()) {
  // The libraries are those of the image that this goes into.
  if (!entry.path.startsWith(HOME)) continue;
  const path = join(directory, entry.path);
  if (entry.type === 'directory') mkdirSync(path, { recursive: true });
  if (entry.type === 'symlink') symlinkSync(entry.target, path);
  if (entry.type === 'file') {
    writeFileSync(path, entry.data);
    chmodSync(path, entry.mode);
  }
}
