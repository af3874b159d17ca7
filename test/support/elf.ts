/**
 * A program of a few bytes, so that executing a file needs no compiler and no copy of a real program: it reads one byte
 * from standard input and ends with the status {@link ELF_STATUS}.
 */

export const ELF_STATUS = 7;

/** Machine code and e_machine by architecture: read(0, sp, 1); exit(7). */
const code: Record<string, { machine: number; text: number[] }> = {
  x64: {
    machine: 62,
    // xor eax,eax; xor edi,edi; mov rsi,rsp; mov edx,1; syscall; mov edi,7; mov eax,60; syscall
    text: [
      0x31,
      0xc0,
      0x31,
      0xff,
      0x48,
      0x89,
      0xe6,
      0xba,
      1,
      0,
      0,
      0,
      0x0f,
      0x05,
      0xbf,
      ELF_STATUS,
      0,
      0,
      0,
      0xb8,
      60,
      0,
      0,
      0,
      0x0f,
      0x05,
    ],
  },
  arm64: {
    machine: 183,
    // mov x0,#0; mov x1,sp; mov x2,#1; mov x8,#63; svc #0; mov x0,#7; mov x8,#93; svc #0
    text: [
      0xd2800000,
      0x910003e1,
      0xd2800022,
      0xd28007e8,
      0xd4000001,
      0xd2800000 | (ELF_STATUS << 5),
      0xd2800ba8,
      0xd4000001,
    ].flatMap((word) => [word & 0xff, (word >>> 8) & 0xff, (word >>> 16) & 0xff, word >>> 24]),
  },
};

/** A static 64-bit executable with one segment (elf(5)). */
export function elfProgram(): Buffer {
  const { machine, text } = code[process.arch]!;
  const headers = 64 + 56;
  const base = 0x400000;
  const file = Buffer.alloc(headers + text.length);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  file.writeUInt16LE(2, 16); // ET_EXEC
  file.writeUInt16LE(machine, 18);
  file.writeUInt32LE(1, 20);
  file.writeBigUInt64LE(BigInt(base + headers), 24); // entry
  file.writeBigUInt64LE(64n, 32); // program headers
  file.writeUInt16LE(64, 52);
  file.writeUInt16LE(56, 54);
  file.writeUInt16LE(1, 56);
  file.writeUInt32LE(1, 64); // PT_LOAD
  file.writeUInt32LE(5, 68); // readable, executable
  file.writeBigUInt64LE(0n, 72);
  file.writeBigUInt64LE(BigInt(base), 80);
  file.writeBigUInt64LE(BigInt(base), 88);
  file.writeBigUInt64LE(BigInt(file.length), 96);
  file.writeBigUInt64LE(BigInt(file.length), 104);
  file.writeBigUInt64LE(0x1000n, 112);
  file.set(text, headers);
  return file;
}
