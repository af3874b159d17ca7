/**
 * `osmofs doctor`: what a machine needs, one row each. Pure: what is so comes as {@link Findings}, from findings.ts.
 */

import type { VmFailure } from '../failure.js';
import { chooseAccelerator, chooseHypervisor, type Facts, howToInstall } from '../plan.js';

/** ok; slow: works, but could be better; missing: does not work without. */
export type Verdict = 'ok' | 'slow' | 'missing';

export interface Finding {
  readonly check: string;
  readonly verdict: Verdict;
  /** a sentence without its full stop */
  readonly says: string;
  /** the command or the step that helps; '' if there is nothing to do */
  readonly fix: string;
}

/** Where a kernel for the guest would come from. */
export type KernelFound =
  | { readonly from: 'boot' | 'cache'; readonly file: string }
  /** apt-get can fetch one */
  | { readonly from: 'apt' }
  /** neither; `unreadable`: there is one that this user may not read; `lists`: apt-get is here, its lists know none */
  | { readonly from: 'nowhere'; readonly unreadable?: string; readonly lists?: true };

/** What findings.ts found; null where a system has no such thing. */
export interface Findings {
  readonly facts: Facts;
  /** Node's, as `process.versions.node` */
  readonly node: string;
  readonly root: boolean;
  readonly user: string;
  readonly addon: string | null;
  /** why /dev/fuse cannot be used; undefined: it can; null: not this system's way */
  readonly fuse: string | undefined | null;
  readonly kernel: KernelFound;
  /** what the guest image is made with or of that is not there, and how to get it */
  readonly initrdTools: readonly { readonly program: string; readonly fix: string }[];
  readonly freeMiB: number;
}

export interface Check {
  readonly name: string;
  /** undefined: of no interest on this system */
  look(found: Findings): Omit<Finding, 'check'> | undefined;
}

const LEAST_NODE = [20, 19] as const;
/** A guest of the default size and its image. */
const WANTED_MIB = 1024;

export const CHECKS: readonly Check[] = [
  {
    name: 'node',
    look: ({ node }) => {
      const [major = 0, minor = 0] = node.split('.').map(Number);
      const fits = major > LEAST_NODE[0] || (major === LEAST_NODE[0] && minor >= LEAST_NODE[1]);
      if (fits) return ok(`Node ${node}`);
      return missing(`Node ${node} is too old, ${LEAST_NODE.join('.')} is needed`, 'Install Node 20.19 or newer');
    },
  },
  {
    name: 'native addon',
    look: ({ addon }) =>
      addon === null ? ok('it loads') : missing(`it does not load: ${addon}`, 'npm run build:native'),
  },
  {
    name: 'hypervisor',
    look: ({ facts }) => {
      try {
        const { hypervisor, program } = chooseHypervisor({ hypervisor: 'auto' }, facts);
        return ok(`${hypervisor} is ${program}`);
      } catch (error) {
        return missing((error as VmFailure).what, howToInstall(facts));
      }
    },
  },
  {
    name: 'acceleration',
    look: ({ facts, user }) => {
      const accelerator = chooseAccelerator({ accelerator: 'auto' }, facts);
      if (accelerator !== 'tcg') return ok(`${accelerator} can be used`);
      const fix = /not yours/.test(facts.kvm ?? '')
        ? `sudo usermod -aG kvm ${user}, then log in anew`
        : 'Switch virtualization on in the firmware, or pass it through to this virtual machine';
      return { verdict: 'slow', says: `guests run some ten times slower: ${facts.kvm}`, fix };
    },
  },
  {
    name: 'vsock',
    look: ({ facts }) =>
      ok(
        facts.platform === 'linux'
          ? 'osmofs brings its own device, /dev/vhost-vsock is not needed'
          : 'the hypervisor’s',
      ),
  },
  {
    name: 'kernel',
    look: ({ kernel, facts }) => {
      if (kernel.from === 'apt') return ok('none is here yet, apt-get will fetch one at the first start');
      if (kernel.from !== 'nowhere') return ok(kernel.file);
      const own = 'osmofs vm start --kernel FILE --initrd FILE';
      if (facts.platform !== 'linux')
        return missing('none can be found here', `Build an image with vm/linuxkit.yml, then: ${own}`);
      if (kernel.unreadable !== undefined)
        return missing(`${kernel.unreadable} is not yours to read`, `sudo chmod a+r ${kernel.unreadable}`);
      if (kernel.lists) return missing('none in /boot, and the package lists know none', 'sudo apt-get update');
      return missing('none in /boot, and no apt-get to fetch one with', `Install one, or bring your own: ${own}`);
    },
  },
  {
    name: 'image tools',
    look: ({ initrdTools }) =>
      initrdTools.length === 0
        ? ok('what the guest image is made of is there')
        : missing(
            `${initrdTools.map(({ program }) => program).join(', ')} cannot be found`,
            initrdTools.map(({ fix }) => fix).join('; '),
          ),
  },
  {
    name: 'mounts on this machine',
    look: ({ fuse, root, facts }) => {
      if (fuse === null) return ok('not on this system: directories are shared with VMs');
      if (fuse !== undefined)
        return missing(fuse, /not yours/.test(fuse) ? 'sudo chmod a+rw /dev/fuse' : 'sudo modprobe fuse');
      if (root) return ok('/dev/fuse can be used, as root');
      const fusermount = facts.find('fusermount3') ?? facts.find('fusermount');
      return fusermount === undefined
        ? missing('an ordinary user mounts with fusermount3, which is not installed', 'sudo apt-get install fuse3')
        : ok(`/dev/fuse can be used, with ${fusermount}`);
    },
  },
  {
    name: 'memory',
    look: ({ freeMiB }) =>
      freeMiB >= WANTED_MIB
        ? ok(`${freeMiB} MiB are free`)
        : {
            verdict: 'slow',
            says: `${freeMiB} MiB are free, a guest takes 1024`,
            fix: 'osmofs vm start --memory 512M',
          },
  },
];

export function diagnose(found: Findings, checks: readonly Check[] = CHECKS): Finding[] {
  return checks.flatMap(({ name, look }) => {
    const finding = look(found);
    return finding === undefined ? [] : [{ check: name, ...finding }];
  });
}

function ok(says: string): Omit<Finding, 'check'> {
  return { verdict: 'ok', says, fix: '' };
}

function missing(says: string, fix: string): Omit<Finding, 'check'> {
  return { verdict: 'missing', says, fix };
}
