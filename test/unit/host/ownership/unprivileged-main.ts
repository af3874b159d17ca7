/** `node unprivileged-main.js DIRECTORY CASE`: runs one case of unprivileged-cases.ts. */
import { cases } from './unprivileged-cases.js';

const [dir, name] = process.argv.slice(2) as [string, string];
const chosen = cases.find((one) => one.name === name);
if (chosen === undefined) throw new Error(`no case is called ${name}`);
await chosen.run(dir);
