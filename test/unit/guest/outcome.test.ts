import assert from 'node:assert/strict';
import { outcomeOf } from '../../../guest/outcome.js';
import { End } from '../../../guest/worker-report.js';
import { BAD_FRAME } from '../../../native/os.js';
import { Errno } from '../../../protocol/errno.js';

describe('guest/outcome', () => {
  const cases = [
    [End.ASKED, 0, /the agent ended it/, false],
    [End.KERNEL, -Errno.ENODEV, /it was unmounted/, true],
    [End.KERNEL, -Errno.ECONNABORTED, /it was unmounted/, true],
    [End.DELIVERY, -Errno.ENODEV, /it was unmounted/, true],
    [End.PUMP, -Errno.ENODEV, /it was unmounted/, true],
    [End.LANE, -Errno.ECONNRESET, /the daemon closed the connection/, false],
    [End.LANE, -Errno.EPIPE, /the daemon closed the connection/, false],
    [End.PUMP, -Errno.ECONNRESET, /the daemon closed the connection/, false],
    [End.LANE, -Errno.ENOTCONN, /the lane failed: .*ENOTCONN/, false],
    [End.DELIVERY, BAD_FRAME, /impossible length/, false],
    [End.PUMP, BAD_FRAME, /impossible length/, false],
    [End.KERNEL, -Errno.EINVAL, /reading \/dev\/fuse failed: .*EINVAL/, false],
    [End.FAILED, -Errno.EFAULT, /waiting for messages failed: .*EFAULT/, false],
  ] as const;
  for (const [end, code, reason, byKernel] of cases) {
    it(`${end} ${code}: ${reason.source}`, () => {
      const outcome = outcomeOf({ end, code });
      assert.match(outcome.reason, reason);
      assert.equal(outcome.byKernel, byKernel);
    });
  }
});
