/** The rows of the control API that are about VMs. */
import * as v from 'valibot';
import { type VmFlags, vmFlagsSchema } from '../vm/config.js';
import { type Routes, SlowAnswer } from './control-api.js';
import { validate } from './control-schema.js';
import { NAME_PATTERN } from './mount-options.js';
import type { VmRemoval, VmStart, VmStop } from './vm-api.js';
import type { Vms } from './vms.js';

// A name becomes part of a path.
const name = v.pipe(v.string(), v.regex(NAME_PATTERN, 'is not a valid name'));
const flags = v.pipe(
  vmFlagsSchema,
  v.transform((value) => value as VmFlags),
);

export const vmSchemas = {
  start: v.strictObject({ name, flags }) satisfies v.GenericSchema<unknown, VmStart>,
  stop: v.strictObject({
    select: v.union([v.literal('all'), v.strictObject({ name })]),
    force: v.boolean(),
  }) satisfies v.GenericSchema<unknown, VmStop>,
  remove: v.strictObject({ name, force: v.boolean() }) satisfies v.GenericSchema<unknown, VmRemoval>,
};

export function vmRoutes(vms: Vms): Routes {
  return {
    'GET /v1/vms': () => vms.list(),
    'DELETE /v1/vms': (body) => {
      const { name, force } = validate(vmSchemas.remove, body);
      return new SlowAnswer((tell) => vms.remove(name, force, tell));
    },
    'POST /v1/vms/start': (body) => {
      const { name, flags } = validate(vmSchemas.start, body);
      return new SlowAnswer((tell) => vms.start(name, flags, tell));
    },
    'POST /v1/vms/stop': (body) => {
      const { select, force } = validate(vmSchemas.stop, body);
      return new SlowAnswer(async (tell) =>
        select === 'all' ? await vms.stopAll(force, tell) : [await vms.stop(select.name, force, tell)],
      );
    },
  };
}
