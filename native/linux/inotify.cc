/** The calls of inotify(7). */
#include <sys/inotify.h>

#include <errno.h>
#include <unistd.h>

#include <string_view>

#include "args.h"
#include "inotify_queue.h"
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

/** What is read from a descriptor of another kind is no records. */
bool isInotify(int fd) {
  char kind[32];
  const ssize_t length = ::readlink(platform::ProcPath(fd).text(), kind, sizeof kind);
  return length > 0 && std::string_view(kind, static_cast<size_t>(length)) == "anon_inode:inotify";
}

Result inotifyQueueStart(Environment& e, int32_t inotify, int32_t waker, int32_t bytes, int32_t foreign) {
  if (bytes <= 0) return -EINVAL;
  Descriptor own(platform::duplicate(inotify)), signalled(platform::duplicate(waker)), stop(platform::wakerCreate());
  for (const Descriptor* each : {&own, &signalled, &stop})
    if (!each->valid()) return each->get();
  if (!isInotify(own.get())) return -EINVAL;
  auto queue = std::make_shared<InotifyQueue>(std::move(own), std::move(signalled), std::move(stop),
                                              static_cast<size_t>(bytes));
  if (foreign != 0) {
    const int told = queue->tellForeign();
    if (told < 0) return told;
  }
  const int started = queue->start();
  if (started < 0) return started;
  e.own(queue);
  return Registry<InotifyQueue>::all().add(std::move(queue));
}

Result inotifyQueueDrain(Environment& e, int32_t id, int32_t outOff, int32_t capacity, int32_t fresh) {
  uint8_t* const out = e.arena.bytes(outOff, capacity);
  if (out == nullptr) return -EFAULT;
  const std::shared_ptr<InotifyQueue> queue = Registry<InotifyQueue>::all().find(id);
  return queue == nullptr ? -EBADF : queue->drain(out, static_cast<size_t>(capacity), fresh != 0);
}

Result inotifyQueueForeign(Environment& e, int32_t id, int32_t outOff, int32_t capacity) {
  uint8_t* const out = e.arena.bytes(outOff, capacity);
  if (out == nullptr) return -EFAULT;
  const std::shared_ptr<InotifyQueue> queue = Registry<InotifyQueue>::all().find(id);
  return queue == nullptr ? -EBADF : queue->drainForeign(out, static_cast<size_t>(capacity));
}

Result inotifyQueueMark(Environment&, int32_t id, int32_t fd, int32_t key) {
  const std::shared_ptr<InotifyQueue> queue = Registry<InotifyQueue>::all().find(id);
  return queue == nullptr ? -EBADF : queue->mark(fd, key);
}

Result inotifyQueueUnmark(Environment&, int32_t id, int32_t key) {
  const std::shared_ptr<InotifyQueue> queue = Registry<InotifyQueue>::all().find(id);
  if (queue == nullptr) return -EBADF;
  queue->unmark(key);
  return 0;
}

Result inotifyQueueStatistics(Environment& e, int32_t id, int32_t outOff) {
  const std::shared_ptr<InotifyQueue> queue = Registry<InotifyQueue>::all().find(id);
  if (queue == nullptr) return -EBADF;
  return e.arena.store(outOff, queue->statistics()) ? 0 : -EFAULT;
}

Result inotifyQueueStop(Environment& e, int32_t id) {
  const std::shared_ptr<InotifyQueue> queue = Registry<InotifyQueue>::all().find(id);
  if (queue == nullptr) return -EBADF;
  queue->abandon();
  e.disown(queue.get());
  return 0;
}

}  // namespace
}  // namespace calls

void registerWatchCalls(Registrar& registrar) {
  registrar.add<calls::inotifyCreate>("inotifyCreate");
  registrar.add<calls::inotifyAdd>("inotifyAdd");
  registrar.add<calls::inotifyRemove>("inotifyRemove");
  registrar.add<calls::inotifyQueueStart>("inotifyQueueStart");
  registrar.add<calls::inotifyQueueDrain>("inotifyQueueDrain");
  registrar.add<calls::inotifyQueueForeign>("inotifyQueueForeign");
  registrar.add<calls::inotifyQueueMark>("inotifyQueueMark");
  registrar.add<calls::inotifyQueueUnmark>("inotifyQueueUnmark");
  registrar.add<calls::inotifyQueueStatistics>("inotifyQueueStatistics");
  registrar.add<calls::inotifyQueueStop>("inotifyQueueStop");
}
