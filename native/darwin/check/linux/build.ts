/**
 * Builds an addon for this Linux machine whose system half is native/darwin, on top of darwin.h beside this file, so
 * that the folder's logic can be run. For tests only; what macOS itself does stays unproven.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nodeHeaders } from '../../../compile/headers.js';
import { compileAll, digest, headersDigest, job, sweep } from '../../../compile/objects.js';

// This file runs from dist/native/darwin/check/linux.
const root = fileURLToPath(new URL('../../../../..', import.meta.url));
const native = join(root, 'native');
const here = join(native, 'darwin/check/linux');
const cache = join(root, 'node_modules/.cache/osmofs-darwin-on-linux');

/** Linux's files in place of ours: what a local guest needs, the mount table, and what a Mac never shares memory with. */
const LINUX_OWN = [
  'file_systems.cc',
  'fuse_device.cc',
  'guest_vsock.cc',
  'shared_stream.cc',
  'socket.cc',
  'terminal.cc',
];
const LEFT_OUT = ['file_systems.cc', 'guest.cc', 'shared_stream.cc', 'socket.cc', 'vsock.cc', 'watch.cc'];
/** Files of ours that have nothing to do with the system. */
const PLAIN = ['vsock.cc', 'watch.cc'];

const COMMON = ['-std=c++17', '-O0', '-g', '-fPIC', '-fvisibility=hidden', '-Wall', '-Wextra', '-Werror'];

function sources(directory: string, except: readonly string[] = []): string[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith('.cc') && !except.includes(name))
    .sort()
    .map((name) => join(directory, name));
}

export interface Simulation {
  /** absolute path of the addon */
  addon: string;
  /** value of OSMOFS_NATIVE_BUILD that makes native/index.ts load it */
  build: string;
}

/** Compiles what changed since the last time. Rejects with what the compiler said. */
export async function buildDarwinOnLinux(): Promise<Simulation> {
  const cxx = process.env.CXX ?? 'g++';
  const version = execFileSync(cxx, ['--version'], { encoding: 'utf8' }).split('\n')[0];
  const compiler = { command: [cxx], version };
  const release = join(cache, 'Release');
  mkdirSync(release, { recursive: true });
  const addonApi = dirname(createRequire(import.meta.url).resolve('node-addon-api/package.json'));
  const plain = [
    ...COMMON,
    ...['-DNAPI_VERSION=8', '-DNAPI_DISABLE_CPP_EXCEPTIONS', '-D_FILE_OFFSET_BITS=64', '-I', join(native, 'src')],
    ...['-isystem', nodeHeaders(), '-isystem', addonApi],
  ];
  const posing = [
    ...COMMON,
    ...['-include', join(here, 'darwin.h'), '-I', here, '-I', join(native, 'darwin'), '-I', join(native, 'src')],
  ];
  const context = headersDigest([join(native, 'src'), join(native, 'darwin'), join(native, 'linux')]);
  const compile = (args: string[]) => (file: string) =>
    job(compiler, cache, file, args, context + process.versions.node);
  const jobs = [
    ...sources(join(native, 'src')).map(compile(plain)),
    ...PLAIN.map((name) => join(native, 'darwin', name)).map(compile(plain)),
    ...LINUX_OWN.map((name) => join(native, 'linux', name)).map(compile(plain)),
    ...[...sources(join(native, 'darwin'), LEFT_OUT), ...sources(here)].map(compile(posing)),
  ];
  const { failures } = await compileAll(compiler, jobs);
  if (failures.length > 0) throw new Error(failures.join('\n'));
  const objects = jobs.map(({ object }) => object);
  const stamp = join(cache, `linked-${digest(...objects)}`);
  const addon = join(release, 'osmofs.node');
  if (!existsSync(stamp) || !existsSync(addon)) {
    execFileSync(cxx, ['-shared', '-pthread', '-o', `${addon}.tmp`, ...objects], { stdio: 'inherit' });
    renameSync(`${addon}.tmp`, addon);
    mkdirSync(stamp, { recursive: true });
  }
  sweep(cache, new Set([...objects, stamp, release]));
  return { addon, build: relative(native, cache) };
}
