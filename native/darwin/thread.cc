#include <pthread.h>

#include "platform.h"

namespace platform {

void nameThread(const char* name) { ::pthread_setname_np(name); }

}  // namespace platform
