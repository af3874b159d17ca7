/** The VMs, from the daemon, or from the disk while none runs. */
import { existsSync } from 'node:fs';
import { platform, SOCKET_PATH_LIMIT } from '../../../../native/platform.js';
import { type VmFiles, vmFiles } from '../../../../vm/files.js';
import { Problem } from '../../../problem.js';
import { type Vm, VmRoute } from '../../../vm-api.js';
import type { Context } from '../../context.js';
import { ensureDaemon } from '../../start-daemon.js';

export async function listVms(context: Context): Promise<Vm[]> {
  // Loaded here because only these commands need it.
  const { stoppedView, vmNames } = await import('../../../vm-view.js');
  const names = vmNames(context.paths.vms);
  try {
    return await context.client.request<Vm[]>('GET', VmRoute.VMS);
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'not-running') throw error;
  }
  // A VM outlives a daemon. What of them runs only a daemon can say, which takes them over.
  if (names.every((name) => !mayRun(filesOf(name, context))))
    return names.map((name) => stoppedView(filesOf(name, context), 'stopped'));
  await ensureDaemon(context);
  return await context.client.request<Vm[]>('GET', VmRoute.VMS);
}

export function filesOf(name: string, { paths }: Pick<Context, 'paths'>): VmFiles {
  return vmFiles(`${paths.vms}/${name}`, process.geteuid?.() ?? 0, SOCKET_PATH_LIMIT[platform]);
}

/** The token of a boot goes with its end. */
function mayRun(files: VmFiles): boolean {
  return existsSync(files.token);
}
