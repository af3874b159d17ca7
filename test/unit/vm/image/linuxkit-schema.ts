/**
 * The part of LinuxKit's schema that vm/linuxkit.yml may use: src/cmd/linuxkit/moby/schema.go of linuxkit/linuxkit (2024).
 * Objects are strict, as there: a property that LinuxKit does not know is an error.
 */
import * as v from 'valibot';

const text = v.optional(v.string());
const flag = v.optional(v.boolean());
const texts = v.optional(v.array(v.string()));
const owner = v.optional(v.union([v.string(), v.pipe(v.number(), v.integer())]));
const number = v.optional(v.pipe(v.number(), v.integer()));

const Mount = v.strictObject({ destination: text, type: text, source: text, options: texts });

const Device = v.strictObject({ path: text, type: text, major: number, minor: number, mode: text });

const Runtime = v.strictObject({ cgroups: texts, mounts: v.optional(v.array(Mount)), mkdir: texts, namespace: text });

const Image = v.strictObject({
  name: v.string(),
  image: v.string(),
  capabilities: texts,
  'capabilities.add': texts,
  ambient: texts,
  mounts: v.optional(v.array(Mount)),
  binds: texts,
  'binds.add': texts,
  devices: v.optional(v.array(Device)),
  tmpfs: texts,
  command: texts,
  env: texts,
  cwd: text,
  net: text,
  pid: text,
  ipc: text,
  uts: text,
  userns: text,
  readonly: flag,
  maskedPaths: texts,
  readonlyPaths: texts,
  uid: owner,
  gid: owner,
  noNewPrivileges: flag,
  hostname: text,
  oomScoreAdj: number,
  rootfsPropagation: text,
  cgroupsPath: text,
  rlimits: texts,
  runtime: v.optional(Runtime),
});

const File = v.strictObject({
  path: text,
  directory: flag,
  symlink: text,
  contents: text,
  source: text,
  metadata: text,
  optional: flag,
  mode: text,
  uid: owner,
  gid: owner,
});

export const LinuxKit = v.strictObject({
  kernel: v.optional(v.strictObject({ image: text, cmdline: text, binary: text, tar: text, ucode: text })),
  init: texts,
  onboot: v.optional(v.array(Image)),
  onshutdown: v.optional(v.array(Image)),
  services: v.optional(v.array(Image)),
  files: v.optional(v.array(File)),
});
