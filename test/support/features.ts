/**
 * What a case may need beyond a directory. Every feature is probed at run time, never derived from a version; a probe
 * says why the feature is missing, or null. What osmofs promises is not a feature: it is never probed on the mount.
 */
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { elfProgram } from './elf.js';
import type { Answers, Peers, PlaceOptions } from './place.js';
import * as sys from './sys.js';

const { C } = sys;

interface Context {
  options: PlaceOptions;
  peers: Peers;
}

type Probe = (context: Context) => string | null;

/** Runs `act` on the host with a scratch name in the share; without a host to ask, the host is taken to be able. */
function onHost({ options, peers }: Context, act: (peer: ReturnType<Peers['take']>, name: string) => string | null) {
  if (options.host === undefined) return null;
  const peer = peers.take(options.hostPeer ? { command: options.hostPeer } : {});
  const name = `${options.host}/.probe`;
  try {
    peer.do('writeFile', name, 'probe');
    return act(peer, name);
  } finally {
    peer.do('unlink', name);
  }
}

const code = (act: () => void): string | null => {
  try {
    act();
    return null;
  } catch (error) {
    return (error as sys.SysError).code ?? String(error);
  }
};

const probes = {
  /** identities can be changed */
  root: () => (process.getuid!() === 0 ? null : 'only root can act as other users'),

  /** the host's side of the directory can be reached */
  host: ({ options }) => (options.host === undefined ? 'the host is not reachable from here' : null),

  /** what the host changes is seen at the next call */
  hostAtOnce: ({ options }) =>
    options.cached === true ? 'in a cached mount it is seen when its event has come' : null,

  /** locks hold between here and the host */
  hostLocks: ({ options }) => (options.ownLocks === true ? "in a cached mount locks are the guest's own" : null),

  /** the kernel refuses to write to a running program (some kernels since 6.11 do not) */
  textBusy: () => {
    const name = `${tmpdir()}/osmofs-probe-${process.pid}`;
    sys.writeFile(name, elfProgram(), 0o755);
    const writer = sys.open(name, C.O_WRONLY);
    try {
      return code(() => sys.execute(name)) === 'ETXTBSY' ? null : 'this kernel lets a program be written while it runs';
    } finally {
      sys.close(writer);
      sys.unlink(name);
    }
  },

  /** fchmodat2(2) */
  fchmodat2: () =>
    code(() => sys.fchmodat2(C.AT_FDCWD, '/', 0o755, C.AT_EMPTY_PATH | 0x40000000)) === 'ENOSYS'
      ? 'this kernel has no fchmodat2'
      : null,

  /** another writable file system to be apart from */
  otherFileSystem: ({ options }) =>
    existsSync('/dev/shm') && sys.stat('/dev/shm').dev !== sys.stat(options.dir).dev
      ? null
      : '/dev/shm is not another file system',

  /** the host's file system updates access times on read */
  hostAtime: (context) =>
    onHost(context, (peer, name) => {
      peer.do('utimens', name, 0n, 'now');
      peer.do('readFile', name);
      return peer.do('stat', name).atime === 0n ? 'the host keeps no access times' : null;
    }),

  /** the host's file system tells names apart that differ in case */
  hostCaseSensitive: (context) =>
    onHost(context, (peer, name) =>
      peer.do('exists', name.replace('.probe', '.PROBE')) ? 'the host does not tell case apart' : null,
    ),

  /** the host's file system counts subdirectories in st_nlink */
  hostDirectoryLinks: ({ options, peers }) =>
    onHost({ options, peers }, (peer) =>
      peer.do('stat', options.host!).nlink < 2 ? 'the host counts no directory links' : null,
    ),

  /** the host's file system limits hard links to something a test can reach */
  hostLinkLimit: (context) =>
    onHost(context, (peer, name) => {
      const ext4 = 0xef53n;
      return peer.do('statfs', name).type === ext4 ? null : 'only ext4 has a limit of links (65,000) worth reaching';
    }),

  /** the host's file system keeps times before 1901 and after 2038 */
  hostWideTimes: (context) =>
    onHost(context, (peer, name) => {
      const late = 5_000_000_000n * 1_000_000_000n;
      peer.do('utimens', name, late, late);
      return peer.do('stat', name).mtime === late ? null : 'the host keeps times of 32 bits only';
    }),

  /** the host's file system punches holes and tells where they are */
  hostHoles: (context) =>
    onHost(context, (peer, name) => {
      const fd = peer.do('open', name, C.O_RDWR);
      peer.do('ftruncate', fd, 1 << 20);
      peer.do('pwrite', fd, 'end', (1 << 20) - 3);
      const data = peer.do('lseek', fd, 64 << 10, C.SEEK_DATA);
      peer.do('close', fd);
      return data > 64 << 10 ? null : 'the host shows no holes';
    }),

  /** the host's file system has O_TMPFILE */
  hostTmpfile: ({ options, peers }) =>
    onHost({ options, peers }, (peer) => {
      const error = code(() => peer.do('close', peer.do('open', options.host!, C.O_TMPFILE | C.O_RDWR)));
      return error && `the host has no O_TMPFILE (${error})`;
    }),

  /** the host's file system keeps user.* attributes */
  hostXattr: (context) =>
    onHost(context, (peer, name) => {
      const error = code(() => peer.do('setxattr', name, 'user.probe', 'x'));
      return error && `the host keeps no extended attributes (${error})`;
    }),
} satisfies Record<string, Probe>;

export type Feature = keyof typeof probes;

/** Why the first missing one of the features is missing; null if all are there. */
export function missing(needs: readonly Feature[], context: Context, answers: Answers): string | null {
  for (const feature of needs) {
    if (!answers.has(feature)) answers.set(feature, (probes[feature] as Probe)(context));
    const reason = answers.get(feature);
    if (reason) return `needs ${feature}: ${reason}`;
  }
  return null;
}
