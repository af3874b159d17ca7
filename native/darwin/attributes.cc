/** Changing an object behind a descriptor. Sources: chmod(2), chown(2), utimensat(2), truncate(2), lseek(2). */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "place.h"
#include "platform.h"
#include "system.h"

namespace platform {

namespace {

/** Calls `byDescriptor(fd)`, or for a stand-in `byName(base, name)`. */
template <typename ByDescriptor, typename ByName>
int onObject(int fd, ByDescriptor byDescriptor, ByName byName) {
  if (standInOf(fd) == nullptr) return done([&] { return byDescriptor(fd); });
  Place place;
  const int found = findPlace(fd, &place);
  return found < 0 ? found : done([&] { return byName(place.base, place.name); });
}

/** UTIME_NOW and UTIME_OMIT are -1 and -2 here, (1 << 30) - 1 and - 2 on Linux: hence the `how` of the record. */
bool convert(const TimeChange& from, struct timespec* to) {
  to->tv_sec = from.sec;
  switch (from.how) {
    case kTimeSet:
      to->tv_nsec = from.nsec;
      return from.nsec < 1'000'000'000;
    case kTimeNow:
      to->tv_nsec = UTIME_NOW;
      return true;
    case kTimeOmit:
      to->tv_nsec = UTIME_OMIT;
      return true;
    default:
      return false;
  }
}

/** What Linux says where the file system does not know its holes: all is data, one hole at the end. */
int64_t seekInSolidFile(int fd, int64_t offset, int whence) {
  const off_t end = ::lseek(fd, 0, SEEK_END);
  if (end == -1) return -errno;
  if (offset < 0 || offset >= end) return -ENXIO;
  return retried([&] { return ::lseek(fd, whence == SEEK_HOLE ? end : offset, SEEK_SET); });
}

}  // namespace

int chmod(int fd, mode_t mode) {
  // A symlink has permissions here; on Linux it has none, and a guest that asks is told so.
  struct ::stat self;
  if (::fstat(fd, &self) == 0 && S_ISLNK(self.st_mode)) return -EOPNOTSUPP;
  mode &= 07777;
  return onObject(
      fd, [&](int object) { return ::fchmod(object, mode); },
      [&](int base, const char* name) { return ::fchmodat(base, name, mode, AT_SYMLINK_NOFOLLOW); });
}

int chown(int fd, uint32_t uid, uint32_t gid) {
  return onObject(
      fd, [&](int object) { return ::fchown(object, uid, gid); },
      [&](int base, const char* name) { return ::fchownat(base, name, uid, gid, AT_SYMLINK_NOFOLLOW); });
}

int utimens(int fd, const TimeChange times[2]) {
  struct timespec both[2];
  if (!convert(times[0], &both[0]) || !convert(times[1], &both[1])) return -EINVAL;
  return onObject(
      fd, [&](int object) { return ::futimens(object, both); },
      [&](int base, const char* name) { return ::utimensat(base, name, both, AT_SYMLINK_NOFOLLOW); });
}

int truncate(int fd, uint64_t size) {
  if (size > INT64_MAX) return -EFBIG;
  return done([&] { return ::ftruncate(fd, static_cast<off_t>(size)); });
}

int64_t seek(int fd, int64_t offset, int whence) {
  if (whence != SEEK_DATA && whence != SEEK_HOLE) return retried([&] { return ::lseek(fd, offset, whence); });
  // APFS reports as a hole what is in memory only and has no blocks yet; a copy that believed it would lose the data.
  // fsync(2) here does not wait for the drive, it only gives the pages their blocks.
  const int flushed = done([&] { return ::fsync(fd); });
  if (flushed < 0) return flushed;
  const int64_t found = retried([&] { return ::lseek(fd, offset, whence); });
  // Volumes without holes: HFS+, FAT, most network volumes.
  if (found == -ENOTTY || found == -ENOTSUP || found == -EINVAL) return seekInSolidFile(fd, offset, whence);
  return found;
}

}  // namespace platform
