import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';

/** What the figures were taken on. Nothing here names a person, a machine or a day. */
export interface Environment {
  readonly cpu: string;
  readonly cpus: number;
  readonly memoryGiB: number;
  readonly kernel: string;
  readonly node: string;
  /** type of the file system below every target */
  readonly fileSystem: string;
}

/** Type of the file system that holds `path`, as /proc/self/mountinfo names it (proc(5)). */
export function fileSystemOf(path: string): string {
  let best = { point: '', type: 'unknown' };
  for (const line of readFileSync('/proc/self/mountinfo', 'utf8').trim().split('\n')) {
    const [before, after] = line.split(' - ');
    const point = before!.split(' ')[4]!;
    const holds = point === '/' || path === point || path.startsWith(`${point}/`);
    if (holds && point.length >= best.point.length) best = { point, type: after!.split(' ')[0]! };
  }
  return best.type;
}

export function environment(dir: string): Environment {
  const [first] = cpus();
  return {
    cpu: first?.model.trim() ?? 'unknown',
    cpus: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    fileSystem: fileSystemOf(dir),
  };
}

/** How disturbed the machine is right now; kept with every sample. */
export interface Disturbance {
  /** load average over one minute */
  readonly load: number;
  /** seconds that the hypervisor ran somebody else instead, since boot, all processors (proc(5), `cpu` line) */
  readonly steal: number;
}

export function disturbance(): Disturbance {
  const [line] = readFileSync('/proc/stat', 'latin1').split('\n', 1);
  return { load: loadavg()[0]!, steal: Number(line!.trim().split(/\s+/)[8]) / 100 };
}
