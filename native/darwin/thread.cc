#include <pthread.h>

#include "platform.h"

namespace platform {

void nameThread(const char* name) { ::pthread_setname_np(name); }

// The system does not say, and does not let a thread choose.
int currentProcessor() { return -1; }
void leaveProcessor(int) {}

void preferShortSlices() {}

// A thread's quality of service would also slow down its input and output.
void lowerPriority() {}

// The system compresses and evicts by itself.
void releaseStartMemory() {}

}  // namespace platform
