import { registerOnMounts } from '../support/register.js';

registerOnMounts(100_000, 100);
