/**
 * `vite.js FILE CACHE`: the dev server of its directory on a free port. At each hot update of the file it fetches it as a
 * browser would, and prints what it got.
 */
import { basename, dirname } from 'node:path';
import { createServer } from 'vite';

const [watched, cacheDir] = process.argv.slice(2) as [string, string];
const root = dirname(watched);
let base = '';

async function show(query: string): Promise<void> {
  const response = await fetch(`${base}/${basename(watched)}${query}`);
  process.stdout.write(`${watched}${query}: ${await response.text()}\n`);
}

const server = await createServer({
  root,
  cacheDir,
  configFile: false,
  appType: 'custom',
  clearScreen: false,
  optimizeDeps: { noDiscovery: true },
  server: { host: '127.0.0.1', port: 0 },
  plugins: [
    {
      name: 'show',
      async handleHotUpdate({ file, read, timestamp }) {
        if (file !== watched) return;
        // It waits for what is being written in place.
        await read();
        // After vite has taken the old module out of its graph, which it does when this has returned.
        setImmediate(() => show(`?t=${timestamp}`));
      },
    },
  ],
});
await server.listen();
base = `http://127.0.0.1:${(server.httpServer!.address() as { port: number }).port}`;
await show('');
process.once('SIGTERM', () => void server.close().then(() => process.exit(0)));
