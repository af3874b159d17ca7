/**
 * `npm run demo`: shares a real directory, works in it through the mount, shows what happened on both sides, and leaves
 * nothing behind. With `--vm` the other side is a virtual machine. Prepared and started by test/setup/demo.mjs.
 */
import { inThisMachine } from './local.js';
import { inVm } from './vm.js';

process.exitCode = process.argv.includes('--vm') ? await inVm() : await inThisMachine();
