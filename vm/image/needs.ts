/**
 * What the agent needs of the system it runs in, in one table: the image's modules come from it, and a test holds
 * `vm/linuxkit.yml` and `vm/agent.Dockerfile` against it.
 */

/** Kernel modules (which may be built in), in the order in which init loads them → what for. */
export const MODULES = {
  virtio_pci: 'the bus of QEMU (q35, virt) and of Virtualization.framework',
  virtio_mmio: 'the bus of QEMU (microvm)',
  vsock: 'AF_VSOCK: the way to the daemon',
  vmw_vsock_virtio_transport: 'AF_VSOCK over virtio',
  virtio_blk: 'the data disk',
  ext4: "the data disk's file system",
  fuse: '/dev/fuse: every mount',
  overlay: 'containers',
} as const;

/** Capabilities, capabilities(7) → the calls that want them. */
export const CAPABILITIES = {
  CAP_SYS_ADMIN: 'mount(2) and umount2(2)',
  CAP_DAC_OVERRIDE: 'the way to a target through directories of others, and making a target that is missing',
} as const;

/** Devices: <linux/miscdevice.h> has the numbers. AF_VSOCK needs none. */
export const DEVICES = {
  '/dev/fuse': { type: 'c', major: 10, minor: 229 },
} as const;

/** Files and directories of the guest that the agent reads → written by. */
export const PATHS = {
  '/etc/osmofs/agent.json': "the boot's overlay: names and the daemon's address",
  '/etc/osmofs/token': "the boot's overlay: proves the agent to the daemon",
} as const;

/** Where the agent mounts: what it mounts there must be seen by the rest of the guest. */
export const TARGETS = ['/mnt', '/var'] as const;

/** The process numbers that FUSE and F_GETLK tell are those of the namespace the mount was made in. */
export const NAMESPACES = { pid: 'host' } as const;

/** The programs of the agent's own directory. */
export const PROGRAMS = {
  start: '/opt/osmofs/start',
  supervise: '/opt/osmofs/supervise',
  node: '/opt/osmofs/node',
  agent: '/opt/osmofs/agent.mjs',
} as const;
