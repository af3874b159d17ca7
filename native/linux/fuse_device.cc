/** /dev/fuse, mount(2) and umount2(2): what only a guest needs. */
#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>

#include "platform.h"
#include "retry.h"

namespace platform {

int fuseOpen() {
  return retry([] { return open("/dev/fuse", O_RDWR | O_CLOEXEC | O_NONBLOCK); });
}

int mount(const char* source, const char* target, const char* type, unsigned flags, const char* options) {
  return retry([&] { return ::mount(source, target, type, flags, options); });
}

int unmount(const char* target, int flags) {
  return retry([&] { return ::umount2(target, flags); });
}

}  // namespace platform
