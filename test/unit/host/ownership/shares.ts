import type { OwnershipOptions } from '../../../../host/ownership/ownership.js';
import type { Os } from '../../../../native/os.js';
import { temporaryDirectory } from '../../../support/bare-directory.js';
import { Share } from './fixture.js';

/** Shares of one describe block, each in a fresh directory; closed and removed after every test. */
export function shares(): (options: OwnershipOptions, replaced?: Partial<Os>) => Share {
  const clean: (() => void)[] = [];
  afterEach(() => {
    for (const undo of clean.splice(0).reverse()) undo();
  });
  return (options, replaced) => {
    const { dir, remove } = temporaryDirectory();
    clean.push(remove);
    const share = new Share(dir, options, replaced);
    clean.push(() => share.close());
    return share;
  };
}
