/** The initrd's compression. README.md beside this file has the figures that chose it. */
import { spawn } from 'node:child_process';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { versionOf } from './commands.js';
import { ImageError } from './error.js';

export interface Compressor {
  /** names it with everything its output depends on */
  readonly id: string;
  readonly compress: (data: Buffer) => Promise<Buffer>;
}

const LEVEL = 10;

/** zstd, which a guest unpacks several times faster; gzip, which Node has, on a machine without it. */
export async function chooseCompressor(): Promise<Compressor> {
  const zstd = await versionOf('zstd');
  if (zstd !== undefined) return { id: `${zstd} -${LEVEL}`, compress: runZstd };
  return { id: `gzip of zlib ${process.versions.zlib}`, compress: promisify<Buffer, Buffer>(gzip) };
}

async function runZstd(data: Buffer): Promise<Buffer> {
  // More than one thread splits the work in the same way however many there are: the same bytes on every machine.
  const child = spawn('zstd', ['-q', '-c', `-${LEVEL}`, '-T2'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
  child.stdin.on('error', () => {
    // It ended early: its exit code says so.
  });
  child.stdin.end(data);
  const [compressed, code] = await Promise.all([buffer(child.stdout), ended]);
  if (code !== 0) throw new ImageError(`zstd ends with ${code}`);
  return compressed;
}
