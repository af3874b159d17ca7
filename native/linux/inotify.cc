/** The calls of inotify(7). */
#include <sys/inotify.h>

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "args.h"
#include "platform.h"
#include "proc.h"
#include "retry.h"

namespace calls {
namespace {

using Result = int64_t;

Result inotifyCreate(Environment&) {
  const int fd = ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  return fd < 0 ? -errno : fd;
}

Result inotifyAdd(Environment&, int32_t inotify, int32_t fd, int32_t mask) {
  // The way to the object is a link in /proc: not followed, it would itself be watched.
  if ((static_cast<uint32_t>(mask) & IN_DONT_FOLLOW) != 0) return -EINVAL;
  const platform::ProcPath path(fd);
  const auto add = [&] { return ::inotify_add_watch(inotify, path.text(), static_cast<uint32_t>(mask)); };
  return platform::procResult(fd, platform::retry(add));
}

Result inotifyRemove(Environment&, int32_t inotify, int32_t watch) {
  return ::inotify_rm_watch(inotify, watch) < 0 ? -errno : 0;
}

Result inotifyWait(Environment&, int32_t inotify, int32_t waker) {
  // poll(2) ignores negative descriptors, and would wait for ever.
  if (inotify < 0 || waker < 0) return -EBADF;
  struct pollfd both[2] = {{waker, POLLIN, 0}, {inotify, POLLIN, 0}};
  const int got = platform::retry([&] { return ::poll(both, 2, -1); });
  if (got < 0) return got;
  if ((both[0].revents & POLLIN) != 0) return kWoken;
  return (both[1].revents & POLLIN) != 0 ? 1 : -EBADF;
}

Result inotifyRead(Environment& e, int32_t inotify, int32_t outOff, int32_t capacity) {
  uint8_t* const out = e.arena.bytes(outOff, capacity);
  if (out == nullptr) return -EFAULT;
  return platform::retry([&] { return ::read(inotify, out, static_cast<size_t>(capacity)); });
}

}  // namespace
}  // namespace calls

void registerWatchCalls(Registrar& registrar) {
  registrar.add<calls::inotifyCreate>("inotifyCreate");
  registrar.add<calls::inotifyAdd>("inotifyAdd");
  registrar.add<calls::inotifyRemove>("inotifyRemove");
  registrar.add<calls::inotifyWait>("inotifyWait");
  registrar.add<calls::inotifyRead>("inotifyRead");
}
