/** A waker is a kqueue(2) with one user event: pollable as a descriptor, pending until it is fetched (EV_CLEAR). */
#include <fcntl.h>
#include <sys/event.h>

#include "fd.h"
#include "platform.h"
#include "system.h"

namespace platform {

namespace {

constexpr uintptr_t kIdent = 1;

int change(int fd, unsigned short flags, unsigned notes) {
  struct kevent event;
  EV_SET(&event, kIdent, EVFILT_USER, flags, notes, 0, nullptr);
  return done([&] { return ::kevent(fd, &event, 1, nullptr, 0, nullptr); });
}

}  // namespace

int wakerCreate() {
  Descriptor queue(::kqueue());
  if (!queue.valid()) return -errno;
  if (::fcntl(queue.get(), F_SETFD, FD_CLOEXEC) == -1) return -errno;
  const int added = change(queue.get(), EV_ADD | EV_CLEAR, 0);
  return added < 0 ? added : queue.release();
}

int wakerSignal(int fd) { return change(fd, 0, NOTE_TRIGGER); }

int wakerDrain(int fd) {
  struct kevent event;
  const struct timespec at_once {};
  return retried([&] { return ::kevent(fd, nullptr, 0, &event, 1, &at_once); });
}

}  // namespace platform
