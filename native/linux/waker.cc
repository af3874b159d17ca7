/** eventfd(2) as a waker: a counter that poll(2) sees until it is read. */
#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "platform.h"
#include "retry.h"

namespace platform {

int wakerCreate() {
  const int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  return fd < 0 ? -errno : fd;
}

int wakerSignal(int fd) {
  const uint64_t one = 1;
  const int64_t result = retry([&] { return ::write(fd, &one, sizeof one); });
  // EAGAIN: 2^64-2 signals wait already, which is as good as one more.
  return result == -EAGAIN || result >= 0 ? 0 : static_cast<int>(result);
}

int wakerDrain(int fd) {
  uint64_t count;
  const int64_t result = retry([&] { return ::read(fd, &count, sizeof count); });
  if (result == -EAGAIN) return 0;
  return result < 0 ? static_cast<int>(result) : 1;
}

}  // namespace platform
