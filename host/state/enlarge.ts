/** The larger array, with what the old one held at its beginning. */
export function enlarge<A extends { set(source: A): void }>(old: A, larger: A): A {
  larger.set(old);
  return larger;
}
