/** What a case imports. */
export { behaviour } from '../support/behaviour.js';
export { equal, fails, octal, same, sameBytes, truthy } from '../support/check.js';
export { ELF_STATUS, elfProgram } from '../support/elf.js';
export { alice, bob, club, type Place } from '../support/place.js';
export * as sys from '../support/sys.js';

import { C as constants } from '../support/sys.js';
export const C = constants;
