import { registerOnMounts } from './support/register.js';

registerOnMounts(4000, 8);
