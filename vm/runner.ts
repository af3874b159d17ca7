/** Entry of a VM's process: `node dist/vm/runner.js DIRECTORY`. */
import { openDevice } from './runner-device.js';
import { run } from './runner-process.js';

await run(process.argv[2], openDevice);
