/** The peer broke the protocol: its message is not what the two sides agreed on. The text is a sentence for a log or a refusal. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
}
