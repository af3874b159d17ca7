/** Threads as the scheduler sees them. */
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>

#include "platform.h"

namespace platform {

void nameThread(const char* name) { prctl(PR_SET_NAME, name); }

int currentProcessor() { return sched_getcpu(); }

/**
 * The mask of a thread is what somebody has asked for (taskset) within what its cpuset allows, and only the whole of it can be
 * read. So the way back asks for every processor first: if that gives what there was, nobody had asked for anything, and
 * nothing is left that would outlast a change of the cpuset. A mask that somebody else has set meanwhile stays.
 */
void leaveProcessor(int processor) {
  cpu_set_t allowed, now;
  if (processor < 0 || sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
  if (!CPU_ISSET(processor, &allowed) || CPU_COUNT(&allowed) < 2) return;
  cpu_set_t others = allowed;
  CPU_CLR(processor, &others);
  if (sched_setaffinity(0, sizeof others, &others) != 0) return;
  if (sched_getaffinity(0, sizeof now, &now) != 0 || !CPU_EQUAL(&now, &others)) return;
  cpu_set_t all;
  std::memset(&all, 0xff, sizeof all);
  sched_setaffinity(0, sizeof all, &all);
  if (sched_getaffinity(0, sizeof now, &now) != 0 || !CPU_EQUAL(&now, &allowed)) {
    sched_setaffinity(0, sizeof allowed, &allowed);
  }
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

/** On Linux the nice value is a thread's own, whatever POSIX says: setpriority(2). A nicer thread stays as it is. */
void lowerPriority() {
  constexpr int kNice = 10;
  const auto self = static_cast<id_t>(syscall(SYS_gettid));
  if (getpriority(PRIO_PROCESS, self) < kNice) setpriority(PRIO_PROCESS, self, kNice);
}

}  // namespace platform
