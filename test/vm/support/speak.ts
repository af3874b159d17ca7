/** What the daemon answers to a program of a guest that says this or that at the agent's port. */
import { decodeHelloReply } from '../../../protocol/control.js';
import { ENVELOPE_LIMIT, encodeFrame, FrameDecoder, HELLO_LIMIT } from '../../../protocol/frame.js';
import { helloBytes } from '../../unit/host/fake-agent.js';
import { NODE, type Vm } from './vm.js';

export const NOBODY = 65534;

export interface Answer {
  /** all that was heard */
  readonly bytes: Buffer;
  /** the sentence of the only message, '' lets in; undefined: there was none */
  readonly refusal: string | undefined;
}

/** A hello as it travels: one that the daemon would accept with this token, but for `changes`. */
export function hello(token: Uint8Array, changes: object): Buffer {
  return Buffer.from(encodeFrame(helloBytes(token, changes), HELLO_LIMIT));
}

/** Of another major version: field 1, a varint below 128, is the first thing behind the frame's header. */
export function ofMajor(major: number, message: Buffer): Buffer {
  const changed = Buffer.from(message);
  changed[message.indexOf(8) + 1] = major;
  return changed;
}

/** Says each of them on a connection of its own, all at once, as that user of the guest; resolves when all have been hung up on. */
export async function speak(vm: Vm, messages: readonly Uint8Array[], user = NOBODY): Promise<Answer[]> {
  const program = `${await vm.installTests()}/vm/support/intruder.js`;
  const said = messages.map((message) => Buffer.from(message).toString('hex'));
  const heard = JSON.parse(await vm.run([NODE, program, String(user), ...said])) as string[];
  return heard.map((each) => {
    const bytes = Buffer.from(each, 'hex');
    const [body, ...more] = new FrameDecoder(ENVELOPE_LIMIT).push(bytes);
    if (more.length > 0) throw new Error(`not one answer, but ${bytes.length} bytes`);
    return { bytes, refusal: body && decodeHelloReply(body).refusal };
  });
}
