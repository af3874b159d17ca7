/** Where a VM keeps its files; FILES.md beside this file says what each one holds. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { LONGEST_SOCKET, Socket } from './machine.js';

export interface VmFiles {
  /** 0700 */
  readonly directory: string;
  readonly config: string;
  readonly launch: string;
  readonly lock: string;
  readonly initrd: string;
  readonly token: string;
  readonly dataDisk: string;
  readonly consoleLog: string;
  readonly runnerLog: string;
  readonly end: string;
  /** directory of sockets, 0700; {@link Socket} */
  readonly sockets: string;
  readonly control: string;
}

/**
 * @param directory absolute
 * @param socketLimit bytes that sun_path takes: 107 on Linux, 103 on macOS
 */
export function vmFiles(directory: string, uid: number, socketLimit: number): VmFiles {
  const file = (name: string) => join(directory, name);
  const sockets = shortEnough(file('run'), uid, socketLimit);
  return {
    directory,
    config: file('config.json'),
    launch: file('launch.json'),
    lock: file('lock'),
    initrd: file('initrd'),
    token: file('token'),
    dataDisk: file('data.img'),
    consoleLog: file('console.log'),
    runnerLog: file('runner.log'),
    end: file('end.json'),
    sockets,
    control: join(sockets, Socket.CONTROL),
  };
}

/** The directory itself if its longest socket fits, else one under /tmp whose name everybody comes to. */
function shortEnough(wanted: string, uid: number, limit: number): string {
  if (Buffer.byteLength(join(wanted, LONGEST_SOCKET)) <= limit) return wanted;
  const digest = createHash('sha256').update(wanted).digest('hex').slice(0, 16);
  return `/tmp/osmofs-vm-${uid}-${digest}`;
}
