/** Threads as the scheduler sees them. */
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

#include "platform.h"

namespace platform {

void nameThread(const char* name) { prctl(PR_SET_NAME, name); }

int currentProcessor() { return sched_getcpu(); }

void leaveProcessor(int processor) {
  cpu_set_t allowed;
  if (processor < 0 || sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
  if (!CPU_ISSET(processor, &allowed) || CPU_COUNT(&allowed) < 2) return;
  cpu_set_t others = allowed;
  CPU_CLR(processor, &others);
  if (sched_setaffinity(0, sizeof others, &others) == 0) sched_setaffinity(0, sizeof allowed, &allowed);
}

namespace {

/** struct sched_attr of sched_setattr(2), its first version. */
struct Scheduling {
  uint32_t size, policy;
  uint64_t flags;
  int32_t nice;
  uint32_t priority;
  uint64_t runtime, deadline, period;
};

constexpr uint64_t kShortestSlice = 100'000;

}  // namespace

/**
 * From Linux 6.12 on, `sched_runtime` of an ordinary thread is the time slice it asks for: a thread with a short one may run
 * before threads with a longer one once it has something to do, and what sched_yield(2) gives away is as short. Older
 * kernels ignore it.
 */
void preferShortSlices() {
  Scheduling now{};
  if (syscall(SYS_sched_getattr, 0, &now, sizeof now, 0) != 0 || now.policy != SCHED_OTHER) return;
  now.size = sizeof now;
  now.runtime = kShortestSlice;
  syscall(SYS_sched_setattr, 0, &now, 0);
}

}  // namespace platform
