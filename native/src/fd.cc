#include "fd.h"

#include <errno.h>
#include <unistd.h>

#include "platform.h"

int closeDescriptor(int fd) {
  platform::forget(fd);
  // EINTR means "closed, but not all was flushed" on Linux and macOS alike: repeating would close a stranger.
  if (::close(fd) == 0 || errno == EINTR) return 0;
  return -errno;
}
