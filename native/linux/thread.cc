/** Threads as the scheduler sees them. */
#include <sched.h>
#include <sys/prctl.h>

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

}  // namespace platform
