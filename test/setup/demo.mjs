#!/usr/bin/env node
/** `npm run demo`, with `-- --vm` in a virtual machine: prepares what it needs, then dist/test/demo/demo.js. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const words = process.argv.slice(2);
const unknown = words.filter((word) => word !== '--vm');
if (unknown.length > 0) {
  console.error(`no such option: ${unknown.join(' ')}; write: npm run demo, or: npm run demo -- --vm`);
  process.exit(2);
}
const prepare = fileURLToPath(new URL('./prepare.mjs', import.meta.url));
const { status } = spawnSync(process.execPath, [prepare, ...words], { stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);
await import('../../dist/test/demo/demo.js');
