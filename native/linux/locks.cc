/** Open file description locks (fcntl(2), F_OFD_…) and flock(2). */
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cstring>

#include "platform.h"
#include "retry.h"

namespace platform {

namespace {

/** False if the record has no meaning for the kernel. `l_pid` has to be 0 for these locks. */
bool toFlock(const FileLock& lock, struct ::flock* out) {
  if (lock.start > kLockToEnd || lock.end < lock.start || lock.type > kLinuxUnlock) return false;
  std::memset(out, 0, sizeof *out);
  out->l_type = static_cast<short>(lock.type);
  out->l_whence = SEEK_SET;
  out->l_start = static_cast<off_t>(lock.start);
  out->l_len = lock.end >= kLockToEnd ? 0 : static_cast<off_t>(lock.end - lock.start + 1);
  return true;
}

}  // namespace

int lockTest(int fd, FileLock* lock) {
  struct ::flock wanted;
  if (lock->type == kLinuxUnlock || !toFlock(*lock, &wanted)) return -EINVAL;
  const int result = retry([&] { return fcntl(fd, F_OFD_GETLK, &wanted); });
  if (result < 0) return result;
  lock->type = static_cast<uint32_t>(wanted.l_type);
  if (wanted.l_type == F_UNLCK) {
    lock->pid = 0;
    return 0;
  }
  lock->start = static_cast<uint64_t>(wanted.l_start);
  lock->end = wanted.l_len == 0 ? kLockToEnd : static_cast<uint64_t>(wanted.l_start + wanted.l_len - 1);
  // -1 for a lock that belongs to an open file description and so to no process.
  lock->pid = wanted.l_pid > 0 ? static_cast<uint32_t>(wanted.l_pid) : 0;
  return 0;
}

int lockSet(int fd, const FileLock& lock) {
  struct ::flock wanted;
  if (!toFlock(lock, &wanted)) return -EINVAL;
  const int result = retry([&] { return fcntl(fd, F_OFD_SETLK, &wanted); });
  return result == -EACCES ? -EAGAIN : result;
}

int lockWait(int fd, const FileLock& lock) {
  struct ::flock wanted;
  if (!toFlock(lock, &wanted)) return -EINVAL;
  return fcntl(fd, F_OFD_SETLKW, &wanted) < 0 ? -errno : 0;
}

int flock(int fd, int operation) {
  const int result = retry([&] { return ::flock(fd, operation | LOCK_NB); });
  return result == -EWOULDBLOCK ? -EAGAIN : result;
}

int flockWait(int fd, int operation) { return ::flock(fd, operation & ~LOCK_NB) < 0 ? -errno : 0; }

}  // namespace platform
