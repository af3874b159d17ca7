/**
 * Waits for file locks. Such a wait has no end that anybody knows, so each has a thread of its own, and it must be
 * interruptible by the guest (INTERRUPT) and by the end of the lane. There is no file lock with a timeout or a wake-up
 * descriptor: the one way out of fcntl(2) and flock(2) is a signal.
 */
#pragma once

#include <cstdint>

#include "pool.h"

namespace lockwait {

/** Takes the operation over. It is answered exactly once: 0, -errno, or EINTR if it was cancelled in time. ENOLCK at
 * once if 256 waits are under way in the process. */
void start(Operation&& operation);
/** Makes the wait of this request return EINTR, unless it has its lock by then; false if there is no such wait. */
bool cancel(const Lane* lane, uint64_t unique);
/** All waits of a lane. */
void cancelAll(const Lane* lane);

}  // namespace lockwait
