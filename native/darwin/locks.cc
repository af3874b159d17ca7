/**
 * Locks of an open file description. darwin has had the F_OFD_… commands since OS X 10.11, in the public headers only
 * since the SDK of macOS 14. Its lock types are 1, 3, 2 where Linux has 0, 1, 2.
 */
#include <fcntl.h>
#include <sys/file.h>

#include "platform.h"
#include "system.h"

#ifndef F_OFD_SETLK
#define F_OFD_SETLK 90
#define F_OFD_SETLKW 91
#define F_OFD_GETLK 92
#endif

namespace platform {

namespace {

bool convert(const FileLock& from, struct ::flock* to) {
  *to = {};
  to->l_whence = SEEK_SET;
  if (from.start > kLockToEnd || from.end > kLockToEnd || from.end < from.start) return false;
  to->l_start = static_cast<off_t>(from.start);
  // A length of 0 is "to the end".
  to->l_len = from.end == kLockToEnd ? 0 : static_cast<off_t>(from.end - from.start + 1);
  switch (from.type) {
    case kLinuxReadLock:
      to->l_type = F_RDLCK;
      return true;
    case kLinuxWriteLock:
      to->l_type = F_WRLCK;
      return true;
    case kLinuxUnlock:
      to->l_type = F_UNLCK;
      return true;
    default:
      return false;
  }
}

}  // namespace

int lockTest(int fd, FileLock* lock) {
  struct ::flock found;
  if (!convert(*lock, &found) || found.l_type == F_UNLCK) return -EINVAL;
  const int tested = done([&] { return ::fcntl(fd, F_OFD_GETLK, &found); });
  if (tested < 0) return tested;
  if (found.l_type == F_UNLCK) {
    lock->type = kLinuxUnlock;
    return 0;
  }
  lock->type = found.l_type == F_WRLCK ? kLinuxWriteLock : kLinuxReadLock;
  lock->start = static_cast<uint64_t>(found.l_start);
  lock->end = found.l_len == 0 ? kLockToEnd : lock->start + static_cast<uint64_t>(found.l_len) - 1;
  // -1 for a lock of a description, which belongs to no process.
  lock->pid = found.l_pid > 0 ? static_cast<uint32_t>(found.l_pid) : 0;
  return 0;
}

int lockSet(int fd, const FileLock& lock) {
  struct ::flock wanted;
  if (!convert(lock, &wanted)) return -EINVAL;
  const int set = done([&] { return ::fcntl(fd, F_OFD_SETLK, &wanted); });
  return set == -EACCES ? -EAGAIN : set;
}

int lockWait(int fd, const FileLock& lock) {
  struct ::flock wanted;
  if (!convert(lock, &wanted)) return -EINVAL;
  return ::fcntl(fd, F_OFD_SETLKW, &wanted) == -1 ? -errno : 0;
}

int flock(int fd, int operation) {
  return done([&] { return ::flock(fd, operation | LOCK_NB); });
}

int flockWait(int fd, int operation) { return ::flock(fd, operation & ~LOCK_NB) == -1 ? -errno : 0; }

}  // namespace platform
