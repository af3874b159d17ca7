/**
 * How long a test waits for something that must happen, in milliseconds. Nothing waits *for* this time: it is the bound
 * of waits for a condition. OSMOFS_TEST_PATIENCE multiplies it where the machine is slow (an emulated guest).
 */
export const PATIENCE = 10_000 * Number(process.env.OSMOFS_TEST_PATIENCE ?? 1);
