/**
 * The symbols that a Mach-O file expects from others. Layouts: `<mach-o/loader.h>`, `<mach-o/nlist.h>`; 64 bit,
 * little-endian, which both of our architectures are.
 */

const MH_MAGIC_64 = 0xfeedfacf;
const HEADER = 32;
const LC_SYMTAB = 2;
const NLIST = 16;
const N_TYPE = 0x0e;
const N_EXT = 0x01;
const N_UNDF = 0x00;
/** High byte of n_desc: no library was found, the loader shall look everywhere at run time. */
const DYNAMIC_LOOKUP_ORDINAL = 0xfe;

/** Names of the undefined external symbols that no library given to the linker has. */
export function unresolvedSymbols(file: Uint8Array): string[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (view.getUint32(0, true) !== MH_MAGIC_64) throw new Error('not a 64-bit Mach-O file');
  const names: string[] = [];
  let at = HEADER;
  for (let left = view.getUint32(16, true); left > 0; left--) {
    if (view.getUint32(at, true) === LC_SYMTAB) {
      const symbols = view.getUint32(at + 8, true);
      const strings = view.getUint32(at + 16, true);
      for (let i = 0; i < view.getUint32(at + 12, true); i++) {
        const symbol = symbols + i * NLIST;
        const type = view.getUint8(symbol + 4);
        if ((type & N_TYPE) !== N_UNDF || !(type & N_EXT)) continue;
        if (view.getUint16(symbol + 6, true) >>> 8 !== DYNAMIC_LOOKUP_ORDINAL) continue;
        const start = strings + view.getUint32(symbol, true);
        names.push(new TextDecoder().decode(file.subarray(start, file.indexOf(0, start))));
      }
    }
    at += view.getUint32(at + 4, true);
  }
  return names;
}

/** What comes from Node and from the C++ runtime, neither of which is given to the linker. */
const EXPECTED =
  /^(_napi_|_node_api_|___cxa_|___gxx_personality_v0$|__ZNK?St|__ZSt|__Z(nw|na|dl|da)|__ZT[VIS](St|NSt|N10__cxxabiv1))/;

/** Symbols that neither Apple's libSystem, nor Node, nor the C++ runtime will have: they would fail at load. */
export function missingSymbols(file: Uint8Array): string[] {
  return unresolvedSymbols(file).filter((name) => !EXPECTED.test(name));
}
