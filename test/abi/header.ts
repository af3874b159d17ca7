/** Finds every name that a C header defines, so that none can be missed. Knows as much C as `<linux/fuse.h>` uses. */

export interface HeaderNames {
  /** Members by struct, in order; nested structs are members like others. */
  readonly structs: ReadonlyMap<string, readonly Member[]>;
  /** Macros without parameters, and members of enums. */
  readonly constants: readonly string[];
  /** Macros with parameters. */
  readonly functions: readonly string[];
}

export interface Member {
  readonly name: string;
  /** `[]`: takes no room. */
  readonly flexible: boolean;
}

export function parseHeader(source: string): HeaderNames {
  const text = source
    .replace(/\/\*[\s\S]*?\*\//g, ' ')
    .replace(/\/\/.*$/gm, ' ')
    .replace(/\\\n/g, ' ');
  const structs = new Map<string, Member[]>();
  for (const [, name, body] of text.matchAll(/\bstruct\s+(\w+)\s*\{([^}]*)\}\s*;/g)) {
    const members: Member[] = [];
    for (const [, member, count] of body!.matchAll(/\b(\w+)\s*(\[\w*\])?\s*;/g)) {
      members.push({ name: member!, flexible: count === '[]' });
    }
    structs.set(name!, members);
  }
  const constants: string[] = [];
  const functions: string[] = [];
  for (const [, name, parameter, value] of text.matchAll(/^[ \t]*#[ \t]*define[ \t]+(\w+)(\()?(.*)$/gm)) {
    if (parameter !== undefined) functions.push(name!);
    else if (value!.trim() !== '') constants.push(name!);
  }
  for (const [, body] of text.matchAll(/\benum\s*\w*\s*\{([^}]*)\}/g)) {
    for (const [, name] of body!.matchAll(/(?:^|,)\s*(\w+)/g)) constants.push(name!);
  }
  return { structs, constants, functions };
}
