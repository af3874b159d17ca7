import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { compared } from './support/compared.js';
import { lines, run } from './support/run.js';

const TRANSACTIONS = 200;
/** How many a writer has had acknowledged when it is killed. */
const ACKNOWLEDGED = 50;
const PREAMBLE = '.timeout 60000\nPRAGMA synchronous=FULL;\n';

function sql(database: string, text: string): Promise<string[]> {
  return lines('sqlite3', ['-batch', '-bail', database], { input: PREAMBLE + text });
}

/** Each transaction reads the counter that the others write: a lost update or lock shows in it. */
function transactions(writer: string): string {
  return Array.from(
    { length: TRANSACTIONS },
    (_, i) =>
      `BEGIN IMMEDIATE; INSERT INTO rows VALUES ('${writer}', ${i}, randomblob(500)); ` +
      'UPDATE counter SET n = n + 1; COMMIT;\n',
  ).join('');
}

/** Kills a process in the middle of its transactions. Result: how many it had acknowledged. */
async function killedWriter(database: string): Promise<number> {
  const child = spawn('sqlite3', ['-batch', '-bail', database], { stdio: ['pipe', 'pipe', 'inherit'] });
  const exit = once(child, 'exit');
  child.stdin.on('error', () => {});
  child.stdin.write(PREAMBLE);
  for (let i = 0; i < 100 * ACKNOWLEDGED; i++) {
    child.stdin.write(`INSERT INTO rows VALUES ('killed', ${i}, randomblob(500)); SELECT 'acknowledged';\n`);
  }
  let acknowledged = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    if (line === 'acknowledged') acknowledged++;
    if (acknowledged === ACKNOWLEDGED) child.kill('SIGKILL');
  }
  await exit;
  return acknowledged;
}

compared(
  'SQLite in WAL mode, two processes at once, one killed',
  async ({ dir, host, remount }) => {
    mkdirSync(`${dir}/data`);
    const database = `${dir}/data/test.db`;
    const created = await sql(
      database,
      'PRAGMA journal_mode=WAL; CREATE TABLE rows (writer, i, bytes); ' +
        'CREATE TABLE counter (n); INSERT INTO counter VALUES (0);\n',
    );
    const both = await Promise.all([
      sql(database, transactions('first')),
      sql(database, transactions('second')),
      sql(database, 'PRAGMA integrity_check; SELECT count(*) >= 0 FROM rows; PRAGMA integrity_check;\n'),
    ]);
    const counted = await sql(
      database,
      'SELECT n FROM counter; SELECT writer, count(*), count(DISTINCT i), sum(length(bytes)) FROM rows GROUP BY writer;\n',
    );
    const acknowledged = await killedWriter(database);
    await remount();
    const kept = await sql(database, "SELECT count(*) FROM rows WHERE writer = 'killed'; PRAGMA integrity_check;\n");
    const emptied = await sql(database, 'PRAGMA wal_checkpoint(TRUNCATE); VACUUM; PRAGMA integrity_check;\n');
    // The guest's processes are gone: the host may open the file with its own locks and shared memory.
    const onHost = await run('sqlite3', [`${host}/data/test.db`, 'PRAGMA integrity_check; SELECT n FROM counter;']);
    return [
      ...created,
      ...both.flat(),
      ...counted,
      `of the acknowledged rows ${Number(kept[0]) >= acknowledged ? 'none' : 'some'} lost`,
      ...kept.slice(1),
      ...emptied,
      onHost,
    ];
  },
  { timeout: 600_000, ownerships: ['strict', 'caller'] },
);
