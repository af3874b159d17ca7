/** The hello, as data: what one side offers and what the two can do together. Pure. */

import { FEATURES, LEAST_MESSAGE, MAX_MESSAGE, MAX_PAGES, PROTOCOL_MAJOR, PROTOCOL_MINOR } from './version.js';

export interface Limits {
  /** Largest FUSE message, bytes, header included. */
  readonly maxMessage: number;
  /** Largest READ or WRITE in pages of the guest. */
  readonly maxPages: number;
}

export interface Offer {
  readonly major: number;
  readonly minor: number;
  readonly features: readonly string[];
  readonly limits: Limits;
}

export type Outcome =
  | { readonly accepted: Offer; readonly refusal?: undefined }
  | { readonly refusal: string; readonly accepted?: undefined };

export const OUR_OFFER: Offer = Object.freeze({
  major: PROTOCOL_MAJOR,
  minor: PROTOCOL_MINOR,
  features: FEATURES,
  limits: Object.freeze({ maxMessage: MAX_MESSAGE, maxPages: MAX_PAGES }),
});

/**
 * The common ground of two offers: equal major, smaller minor, features of both, smaller limits; or a sentence that says
 * why there is none and what to do. Both sides come to the same result.
 */
export function negotiate(ours: Offer, theirs: Offer): Outcome {
  const version = refuseMajor(ours.major, theirs.major);
  if (version !== undefined) return { refusal: version };
  const maxMessage = Math.min(ours.limits.maxMessage, theirs.limits.maxMessage);
  const maxPages = Math.min(ours.limits.maxPages, theirs.limits.maxPages);
  if (maxMessage < LEAST_MESSAGE) {
    return { refusal: `messages of up to ${maxMessage} bytes are too small: at least ${LEAST_MESSAGE} are needed` };
  }
  if (maxPages < 1) return { refusal: 'requests of no pages are too small: at least 1 is needed' };
  const features = [...new Set(ours.features)].filter((feature) => theirs.features.includes(feature)).sort();
  return {
    accepted: {
      major: ours.major,
      minor: Math.min(ours.minor, theirs.minor),
      features,
      limits: { maxMessage, maxPages },
    },
  };
}

/** Undefined if the majors are equal, else the refusal: true for either side, because one quotes the other's to people. */
export function refuseMajor(ours: number, theirs: number): string | undefined {
  if (ours === theirs) return undefined;
  const apart = `protocol version ${theirs} is ${theirs < ours ? 'older' : 'newer'} than ${ours}, which is needed`;
  return `${apart}; install the same osmofs on both sides (a VM gets it with its next start)`;
}
