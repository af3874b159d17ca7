/** The first two messages of every connection of an agent: its hello, and our answer. */
import type { Socket } from 'node:net';
import { decodeHello, encodeHelloReply, type Hello } from '../protocol/control.js';
import { ProtocolError } from '../protocol/error.js';
import { encodeFrame, FrameDecoder, HELLO_LIMIT } from '../protocol/frame.js';
import { negotiate, type Offer } from '../protocol/negotiate.js';
import { readVersion } from './version.js';

/**
 * Reads exactly the hello; nothing is read afterwards until somebody resumes.
 *
 * @param patience ms until the hello has to be there
 * @throws ProtocolError with a sentence for the peer
 */
export async function readHello(socket: Socket, patience: number, stop: (socket: Socket) => void): Promise<Hello> {
  const decoder = new FrameDecoder(HELLO_LIMIT);
  return await new Promise<Hello>((resolve, reject) => {
    const timer = setTimeout(() => finish(() => fail(`no hello within ${patience / 1000} s`)), patience);
    const finish = (settle: () => void) => {
      clearTimeout(timer);
      socket.off('data', take).off('close', closed);
      stop(socket);
      settle();
    };
    const fail = (sentence: string) => reject(new ProtocolError(sentence));
    // One that we closed ourselves says why.
    const reason = () => (socket.errored instanceof ProtocolError ? `: ${socket.errored.message}` : '');
    const closed = () => finish(() => fail(`the connection ended before the hello${reason()}`));
    const take = (chunk: Uint8Array) => {
      try {
        const { body, rest } = decoder.pushOne(chunk);
        if (body === undefined) return;
        if (rest.length > 0) throw new ProtocolError('something was sent before the answer to the hello');
        const hello = decodeHello(body);
        finish(() => resolve(hello));
      } catch (error) {
        finish(() => reject(error));
      }
    };
    socket.on('data', take).on('close', closed);
  });
}

/** What we and the peer can do together. @throws ProtocolError with the refusal */
export function agree(ours: Offer, hello: Hello): Offer {
  const { protocolMajor: major, protocolMinor: minor, features, limits } = hello;
  const { accepted, refusal } = negotiate(ours, { major, minor, features, limits });
  if (accepted === undefined) throw new ProtocolError(refusal);
  return accepted;
}

/** Our answer as it goes over the wire; `refusal` = '' accepts. */
export function helloReply(offer: Offer, refusal = ''): Uint8Array {
  const body = encodeHelloReply({
    protocolMajor: offer.major,
    protocolMinor: offer.minor,
    features: offer.features,
    limits: offer.limits,
    refusal,
    daemonVersion: readVersion(),
  });
  return encodeFrame(body, HELLO_LIMIT);
}
