/** What one guest may have and take. */
export const LIMITS = {
  /** connections of one guest, draining ones included */
  connections: 4096,
  /** bytes that one connection may send to the guest before others get their turn */
  turn: 256 * 1024,
  /** turns between two looks at what the guest sends, and at the clock */
  turns: 64,
  /** ms in which a guest has to answer a REQUEST */
  answer: 10_000,
} as const;
