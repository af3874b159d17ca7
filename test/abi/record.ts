/** Writes golden.json from what this machine says: `node dist/test/abi/record.js && npm run format`. */
import { writeFileSync } from 'node:fs';
import { macroNames } from './compiler.js';
import { askDirentSizes, askErrno, askFuse, askLinux, askNewer, type Golden, goldenFile } from './sources.js';

const { layout } = askFuse();
const errnos = macroNames('#include <errno.h>').filter((name) => /^E[A-Z0-9]+$/.test(name));
const version = `${layout.constants.FUSE_KERNEL_VERSION}.${layout.constants.FUSE_KERNEL_MINOR_VERSION}`;
const golden: Golden = {
  from: `<linux/fuse.h> ${version} and test/abi/newer.h, compiled for ${process.arch}`,
  fuse: layout,
  newer: askNewer(),
  ...askDirentSizes(),
  linux: askLinux(),
  errno: askErrno(errnos.sort()),
};
writeFileSync(
  goldenFile,
  `${JSON.stringify(golden, null, 1).replace(/\[\n\s+(\d+),\n\s+(\d+)\n\s+\]/g, '[$1, $2]')}\n`,
);
