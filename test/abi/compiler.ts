/** Asks a C compiler for sizes, offsets and values. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HeaderNames } from './header.js';

/** Offset and size in bytes. */
export type MemberLayout = readonly [offset: number, size: number];

export interface Layout {
  readonly structs: Readonly<Record<string, { readonly size: number; readonly members: Record<string, MemberLayout> }>>;
  /** Decimal: 64-bit values do not fit into a JSON number. 32-bit ones are unsigned. */
  readonly constants: Readonly<Record<string, string>>;
}

const compiler = process.env.CC ?? 'cc';

export function hasCompiler(): boolean {
  try {
    execFileSync(compiler, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/**
 * Sizes and offsets of the structs, and the values of the constants.
 *
 * @param preamble C text: the includes
 * @throws Error with the compiler's output
 */
export function askCompiler(preamble: string, names: Pick<HeaderNames, 'structs' | 'constants'>): Layout {
  return JSON.parse(run(program(preamble, names))) as Layout;
}

/** Values of integer expressions, by expression. */
export function evaluate(preamble: string, expressions: readonly string[]): Record<string, string> {
  return { ...askCompiler(preamble, { structs: new Map(), constants: expressions }).constants };
}

/** Names of all macros that are defined after the preamble. */
export function macroNames(preamble: string): string[] {
  const text = execFileSync(compiler, ['-dM', '-E', '-xc', '-'], { input: preamble, encoding: 'utf8' });
  return [...text.matchAll(/^#define (\w+)/gm)].map(([, name]) => name!);
}

function program(preamble: string, names: Pick<HeaderNames, 'structs' | 'constants'>): string {
  const structs = [...names.structs].map(([struct, members]) => {
    const layouts = members.map(({ name, flexible }) => {
      const size = flexible ? '(size_t)0' : `sizeof(((struct ${struct} *)0)->${name})`;
      return `  say_member("${name}", offsetof(struct ${struct}, ${name}), ${size});`;
    });
    return [`  say_struct("${struct}", sizeof(struct ${struct}));`, ...layouts, '  say_end();'].join('\n');
  });
  const constants = names.constants.map((name) => {
    const text = JSON.stringify(name);
    return `  say_constant(${text}, sizeof(${name}) <= 4 ? (unsigned)(${name}) : (unsigned long long)(${name}));`;
  });
  return `${preamble}
#include <stddef.h>
#include <stdio.h>
static const char *comma = "";
static void say_struct(const char *n, size_t s) { printf("%s\\"%s\\":{\\"size\\":%zu,\\"members\\":{", comma, n, s); comma = ""; }
static void say_member(const char *n, size_t o, size_t s) { printf("%s\\"%s\\":[%zu,%zu]", comma, n, o, s); comma = ","; }
static void say_end(void) { printf("}}"); comma = ","; }
static void say_constant(const char *n, unsigned long long v) { printf("%s\\"%s\\":\\"%llu\\"", comma, n, v); comma = ","; }
int main(void) {
  (void)say_struct; (void)say_member; (void)say_end;
  printf("{\\"structs\\":{");
${structs.join('\n')}
  printf("},\\"constants\\":{"); comma = "";
${constants.join('\n')}
  printf("}}\\n");
  return 0;
}
`;
}

function run(source: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'osmofs-abi-'));
  try {
    const file = join(directory, 'probe.c');
    const binary = join(directory, 'probe');
    writeFileSync(file, source);
    execFileSync(compiler, ['-std=gnu11', '-w', '-o', binary, file], { stdio: ['ignore', 'ignore', 'inherit'] });
    return execFileSync(binary, { encoding: 'utf8' });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
