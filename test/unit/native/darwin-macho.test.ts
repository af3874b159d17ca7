import assert from 'node:assert/strict';
import { missingSymbols, unresolvedSymbols } from '../../../native/darwin/check/macho.js';

interface Symbol {
  name: string;
  /** n_type: 0x01 undefined external, 0x0f defined external in a section */
  type: number;
  /** n_desc's library ordinal: 1 = the first library, 0xfe = nobody */
  ordinal: number;
}

/** A library with one other load command and a symbol table. */
function library(symbols: Symbol[]): Uint8Array {
  const strings = new TextEncoder().encode(`\0${symbols.map(({ name }) => `${name}\0`).join('')}`);
  const table = 32 + 16 + 24;
  const file = new Uint8Array(table + symbols.length * 16 + strings.length);
  const view = new DataView(file.buffer);
  const words = (at: number, ...values: number[]) => {
    for (const [i, value] of values.entries()) view.setUint32(at + i * 4, value, true);
  };
  words(0, 0xfeedfacf, 0x0100000c, 0, 6, 2, 40, 0, 0);
  words(32, 0x1b, 16);
  words(48, 2, 24, table, symbols.length, table + symbols.length * 16, strings.length);
  let name = 1;
  for (const [i, symbol] of symbols.entries()) {
    const at = table + i * 16;
    words(at, name);
    view.setUint8(at + 4, symbol.type);
    view.setUint16(at + 6, symbol.ordinal << 8, true);
    name += symbol.name.length + 1;
  }
  file.set(strings, table + symbols.length * 16);
  return file;
}

const undefinedSymbol = (name: string): Symbol => ({ name, type: 0x01, ordinal: 0xfe });

describe('symbols of a Mach-O library', () => {
  it('lists what is undefined and has no library, nothing else', () => {
    const file = library([
      { name: '_mkfifo', type: 0x01, ordinal: 1 },
      undefinedSymbol('_napi_create_int32'),
      { name: '_ours', type: 0x0f, ordinal: 0xfe },
      undefinedSymbol('_splice'),
    ]);
    assert.deepEqual(unresolvedSymbols(file), ['_napi_create_int32', '_splice']);
  });

  it('misses a system call that macOS has not, and a function of ours that nobody defines', () => {
    const file = library(['_splice', '__ZN8platform5closeEi', '__ZTV4Lane'].map(undefinedSymbol));
    assert.deepEqual(missingSymbols(file), ['_splice', '__ZN8platform5closeEi', '__ZTV4Lane']);
  });

  it('misses nothing of Node or of the C++ runtime', () => {
    const names = ['_napi_create_int32', '_node_api_get_module_file_name', '___cxa_throw', '___gxx_personality_v0'];
    names.push('__ZNSt3__15mutex4lockEv', '__ZNKSt3__16locale9has_facetERNS0_2idE', '__ZSt9terminatev', '__Znwm');
    names.push('__ZdlPv', '__ZTVSt12length_error', '__ZTINSt3__18ios_baseE', '__ZTVN10__cxxabiv117__class_type_infoE');
    assert.deepEqual(missingSymbols(library(names.map(undefinedSymbol))), []);
  });

  it('refuses what is no 64-bit Mach-O file', () => {
    assert.throws(() => unresolvedSymbols(new Uint8Array(64)), /not a 64-bit Mach-O file/);
  });
});
