/** Values of the test processes as one line of text: JSON that also carries bytes and bigints. */

type Plain = null | boolean | number | string | Plain[] | { [key: string]: Plain };

function plain(value: unknown): Plain {
  if (value === undefined) return null;
  if (typeof value === 'bigint') return { $bigint: String(value) };
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString('base64') };
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
  }
  return value as Plain;
}

/** One line of ASCII, newline included: a reader may cut it anywhere. */
export function encode(value: unknown): string {
  const ascii = JSON.stringify(plain(value)).replace(
    /[\u0080-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `${ascii}\n`;
}

export function decode(line: string): unknown {
  return JSON.parse(line, (_, item) => {
    if (item && typeof item.$bigint === 'string') return BigInt(item.$bigint);
    if (item && typeof item.$bytes === 'string') return Buffer.from(item.$bytes, 'base64');
    return item;
  });
}
