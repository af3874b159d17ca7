/** macOS is a host only: the guest's side does not exist. */
#include <errno.h>

#include "platform.h"

namespace platform {

int fuseOpen() { return -ENOSYS; }
int mount(const char*, const char*, const char*, unsigned, const char*) { return -ENOSYS; }
int unmount(const char*, int) { return -ENOSYS; }

}  // namespace platform
