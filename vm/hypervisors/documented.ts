/**
 * What the documents of vfkit and HyperKit say that they accept; a test holds our argument vectors against it, since
 * neither can be run on the machines this is developed on.
 */

/** doc/usage.md of github.com/crc-org/vfkit (read at 01d1d518): option → what it takes. */
export const VFKIT_OPTIONS: Readonly<Record<string, 'number' | 'uri' | 'word' | 'device' | 'bootloader' | 'flag'>> = {
  '--log-level': 'word',
  '--restful-uri': 'uri',
  '--cpus': 'number',
  '--memory': 'number',
  '--timesync': 'word',
  '--bootloader': 'bootloader',
  '--device': 'device',
  '--gui': 'flag',
};

/** "Bootloader Configuration": kind → its arguments. */
export const VFKIT_BOOTLOADERS: Readonly<Record<string, readonly string[]>> = {
  linux: ['kernel', 'initrd', 'cmdline'],
  efi: ['variable-store', 'create'],
  macos: ['machineIdentifierPath', 'hardwareModelPath', 'auxImagePath'],
};

/** "Device Configuration": device → its arguments, those without a value included. */
export const VFKIT_DEVICES: Readonly<Record<string, readonly string[]>> = {
  'virtio-blk': ['path', 'deviceId'],
  nvme: ['path'],
  'usb-mass-storage': ['path', 'readonly'],
  'virtio-net': ['mac', 'fd', 'nat', 'unixSocketPath'],
  'virtio-serial': ['logFilePath', 'stdio'],
  'virtio-rng': [],
  'virtio-vsock': ['port', 'socketURL', 'connect', 'listen'],
  'virtio-fs': ['sharedDir', 'mountTag'],
  rosetta: ['mountTag', 'install'],
  'virtio-gpu': ['width', 'height'],
  'virtio-input': ['pointing', 'keyboard'],
};

/** "Restful Service": the states that POST /vm/state takes. */
export const VFKIT_STATES = ['HardStop', 'Pause', 'Resume', 'Stop'] as const;

/** getopt(3) string of src/hyperkit.c of github.com/moby/hyperkit; a colon follows what takes a value. */
export const HYPERKIT_GETOPT = 'behvuwxMACHPWY:f:F:g:c:s:m:l:U:';

/** -f, by firmware_parse() of src/hyperkit.c: kind → at most so many arguments. */
export const HYPERKIT_FIRMWARE: Readonly<Record<string, number>> = { kexec: 3, fbsd: 3, bootrom: 1, multiboot: 3 };

/** -s SLOT[:FUNCTION],DEVICE[,…], as go/hyperkit.go writes it: device → its arguments; null: a path. */
export const HYPERKIT_DEVICES: Readonly<Record<string, readonly string[] | null>> = {
  hostbridge: [],
  lpc: [],
  'virtio-rnd': [],
  'virtio-sock': ['guest_cid', 'path', 'guest_forwards'],
  'virtio-9p': ['path', 'tag'],
  'virtio-vpnkit': ['path', 'uuid'],
  'virtio-net': [],
  'virtio-blk': null,
  'ahci-cd': null,
};

/** -l com1,…: from usage() ("com1,stdio", "com2,autopty") and go/hyperkit.go ("autopty=…,log=…"). */
export const HYPERKIT_SERIAL = ['stdio', 'autopty', 'log'] as const;
