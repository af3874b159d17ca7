/**
 * Nothing to splice with: sendfile(2) here serves TCP, and the lanes are unix sockets. The caller reads into page-aligned
 * memory and sends that.
 */
#include <errno.h>

#include "platform.h"

namespace platform {

int64_t stageRead(int, uint64_t, size_t, bool*) { return -ENOTSUP; }
int64_t sendStaged(int, size_t) { return -ENOTSUP; }
int64_t takeStaged(void*, size_t) { return -ENOTSUP; }
void dropStaged() {}

}  // namespace platform
