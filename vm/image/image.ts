/** What a guest image is, and what it takes to have one. */
import type { Architecture } from './kernel.js';

export interface Image {
  /** paths */
  readonly kernel: string;
  readonly initrd: string;
  /** hexadecimal, of all that the image is made from */
  readonly key: string;
  /** false if it was there already */
  readonly built: boolean;
  /** as uname -r says it in the guest */
  readonly kernelVersion: string;
}

export interface ImageOptions {
  /** of ours; made if it is missing. README.md has what is in it */
  readonly cacheDirectory: string;
  /** hears one line before each step that takes a while */
  readonly progress?: ((step: string) => void) | undefined;
  /** ends the building, which then throws the signal's reason */
  readonly signal?: AbortSignal | undefined;
  /** what the guest runs on; only this machine's own */
  readonly arch?: Architecture | undefined;
  /** with the kernel modules that containers need */
  readonly containerEngine?: boolean | undefined;
}
