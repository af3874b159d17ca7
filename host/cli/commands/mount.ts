/** osmofs mount SRC[:DST][:options] [DST] */
import { type Mount, type MountRequest, Route } from '../../api.js';
import { CONSISTENCY_MODES, LOCAL_GUEST, OWNERSHIP_KINDS, type OwnershipKind } from '../../mount-options.js';
import { Problem } from '../../problem.js';
import { choice } from '../command.js';
import type { Context } from '../context.js';
import { type MountSpec, type MountWords, mergeWords, parseId, parseMountSpec } from '../mount-spec.js';
import type { Register } from '../program.js';
import { ensureDaemon } from '../start-daemon.js';
import { vmName } from './vm/names.js';

interface Flags {
  readonly consistency?: (typeof CONSISTENCY_MODES)[number];
  readonly ownership?: OwnershipKind;
  readonly uid?: string;
  readonly gid?: string;
  readonly ro?: true;
  readonly guest?: string;
  readonly name?: string;
  readonly nonempty?: true;
}

export const mount: Register = (program, context) => {
  program
    .command('mount')
    .summary('make a host directory appear in a guest')
    .description(
      'Makes the host directory SRC appear at DST, in this machine or in a guest. Starts the daemon if none runs.\n' +
        'options: ro, rw, consistent|default|cached|delegated, ownership=KIND, uid=N, gid=N, separated by commas.\n' +
        'A colon in a path is written \\: in the first word.',
    )
    .argument('<source>', 'SRC, SRC:DST or SRC:DST:options')
    .argument('[target]', 'DST, an existing empty directory; SRC itself if left out')
    .addOption(choice('--consistency <mode>', 'what the guest may cache (default: default)', CONSISTENCY_MODES))
    .addOption(choice('--ownership <kind>', 'who owns what the guest sees (default: caller)', OWNERSHIP_KINDS))
    .option('--ro', 'refuse every change')
    .option('--uid <number>', 'who owns objects without a recorded owner')
    .option('--gid <number>', 'their group')
    .option('--guest <name>', 'where the directory is to appear', LOCAL_GUEST)
    .option('--name <name>', 'name of the mount (default: the last part of SRC)')
    .option('--nonempty', 'mount over a directory that is not empty')
    .examples(
      ['osmofs mount ~/site /mnt/site', 'the same as ~/site:/mnt/site'],
      ['osmofs mount ~/site:/mnt/site:ro,cached', 'read-only, the guest may cache'],
      ['osmofs mount --ownership strict ~/db /mnt/db', 'POSIX owners, for databases'],
    )
    .action(async (source: string, target: string | undefined, flags: Flags) => {
      const request = mountRequest(source, target, flags, context.absolute);
      await ensureDaemon(context);
      const mounted = await context.client.request<Mount>('POST', Route.MOUNTS, request);
      context.output.print(mounted, describe);
      tellGranted(mounted, context);
    });
};

type Absolute = Context['absolute'];

/** @throws Problem 'usage' */
export function mountRequest(
  source: string,
  target: string | undefined,
  flags: Flags,
  absolute: Absolute,
): MountRequest {
  const spec = mergeWords(parseMountSpec(source, target), wordsOf(flags), source);
  const guest = vmName(flags.guest ?? LOCAL_GUEST);
  const from = absolute(spec.source);
  return {
    source: from,
    target: targetPath(spec, guest, from, absolute),
    guest,
    ...(flags.name === undefined ? {} : { name: flags.name }),
    ...(spec.consistency === undefined ? {} : { consistency: spec.consistency }),
    ...(spec.ownership === undefined ? {} : { ownership: spec.ownership }),
    ...(spec.uid === undefined ? {} : { uid: spec.uid }),
    ...(spec.gid === undefined ? {} : { gid: spec.gid }),
    ...(spec.readOnly === undefined ? {} : { readOnly: spec.readOnly }),
    ...(flags.nonempty === true ? { nonempty: true } : {}),
  };
}

/** A relative target means something only where the command runs. */
function targetPath(spec: MountSpec, guest: string, source: string, absolute: Absolute): string {
  if (spec.target === undefined) return source;
  if (guest === LOCAL_GUEST) return absolute(spec.target);
  if (spec.target.startsWith('/')) return spec.target;
  throw new Problem('usage', spec.target, `not an absolute path, and ${guest} is another machine`, 'Write it from /');
}

function wordsOf(flags: Flags): MountWords {
  return {
    ...(flags.consistency === undefined ? {} : { consistency: flags.consistency }),
    ...(flags.ownership === undefined ? {} : { ownership: flags.ownership }),
    ...(flags.uid === undefined ? {} : { uid: parseId(flags.uid, 'uid', '--uid') }),
    ...(flags.gid === undefined ? {} : { gid: parseId(flags.gid, 'gid', '--gid') }),
    ...(flags.ro === undefined ? {} : { readOnly: true }),
  };
}

function describe(mounted: Mount): string {
  if (mounted.state === 'deferred')
    return `${mounted.name}: ${mounted.source} will be at ${mounted.target} as soon as ${mounted.guest} runs`;
  return `${mounted.name}: ${mounted.source} is at ${mounted.target}`;
}

function tellGranted({ consistency, name }: Mount, context: Context): void {
  const { requested, granted } = consistency;
  if (requested !== granted)
    context.output.note(`${name}: ${requested} was asked for, ${granted} (stricter) is granted`);
}
