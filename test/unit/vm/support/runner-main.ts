/** A runner whose vsock device is none: the double of QEMU has no use for it. */
import { run } from '../../../../vm/runner-process.js';

await run(process.argv[2], async () => ({ close: async () => {} }));
