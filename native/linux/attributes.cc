/** Changing an object behind a descriptor of any kind. O_PATH descriptors take another way where they must. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "platform.h"
#include "proc.h"
#include "retry.h"

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452  // since Linux 6.6; the number is the same on every architecture
#endif

namespace platform {

int chmod(int fd, mode_t mode) {
  const int open = retry([&] { return ::fchmod(fd, mode); });
  if (open != -EBADF) return open;
  const int object = retry([&] { return static_cast<int>(syscall(SYS_fchmodat2, fd, "", mode, AT_EMPTY_PATH)); });
  if (object != -ENOSYS && object != -EPERM) return object;
  // EPERM may be a seccomp profile or the truth: this call will tell.
  const ProcPath path(fd);
  return procResult(fd, retry([&] { return ::chmod(path.text(), mode); }));
}

int chown(int fd, uint32_t uid, uint32_t gid) {
  return retry([&] { return ::fchownat(fd, "", uid, gid, AT_EMPTY_PATH); });
}

int utimens(int fd, const TimeChange times[2]) {
  struct timespec both[2];
  for (int at = 0; at < 2; at++) {
    both[at].tv_sec = times[at].sec;
    if (times[at].how == kTimeSet && times[at].nsec > 999999999) return -EINVAL;
    both[at].tv_nsec = times[at].how == kTimeNow ? UTIME_NOW : times[at].how == kTimeOmit ? UTIME_OMIT : times[at].nsec;
  }
  const int result = retry([&] { return ::utimensat(fd, "", both, AT_EMPTY_PATH); });
  if (result != -EINVAL) return result;
  // Before Linux 5.8 the flag was refused.
  const ProcPath path(fd);
  return procResult(fd, retry([&] { return ::utimensat(AT_FDCWD, path.text(), both, 0); }));
}

int truncate(int fd, uint64_t size) {
  if (size > static_cast<uint64_t>(INT64_MAX)) return -EFBIG;
  return retry([&] { return ::ftruncate(fd, static_cast<off_t>(size)); });
}

int64_t seek(int fd, int64_t offset, int whence) {
  const off_t found = ::lseek(fd, offset, whence);
  return found < 0 ? -errno : found;
}

int allocate(int fd, uint64_t offset, uint64_t length, uint32_t mode) {
  if (offset > static_cast<uint64_t>(INT64_MAX) || length > static_cast<uint64_t>(INT64_MAX)) return -EFBIG;
  return retry([&] {
    return ::fallocate(fd, static_cast<int>(mode), static_cast<off_t>(offset), static_cast<off_t>(length));
  });
}

int sync(int fd, Sync kind) {
  switch (kind) {
    case Sync::kFile:
      return retry([&] { return ::fsync(fd); });
    case Sync::kData:
      return retry([&] { return ::fdatasync(fd); });
    case Sync::kFileSystem:
      return retry([&] { return ::syncfs(fd); });
  }
  return -EINVAL;
}

int64_t copyRange(int in, uint64_t offsetIn, int out, uint64_t offsetOut, uint64_t length) {
  off_t from = static_cast<off_t>(offsetIn);
  off_t to = static_cast<off_t>(offsetOut);
  if (from < 0 || to < 0) return -EOVERFLOW;
  return retry([&] { return ::copy_file_range(in, &from, out, &to, length, 0); });
}

}  // namespace platform
