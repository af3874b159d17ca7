/**
 * Blocks of a file and their way to the disk: fallocate(2), fsync(2), copy_file_range(2) of Linux in terms of fcntl(2).
 *
 * fallocate here: allocating means growing from the end of the file (F_PREALLOCATE knows no ranges), so holes inside
 * the file stay holes and a write there can still meet ENOSPC. Punching (F_PUNCHHOLE) takes whole blocks; the edges are
 * written with zeros, as Linux does. Collapsing and inserting ranges do not exist.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>

#include "fallocate_modes.h"
#include "platform.h"
#include "system.h"

namespace platform {

namespace {

constexpr size_t kCopyChunk = 1024 * 1024;
/** One copy_file_range answers after so many bytes at most: the guest asks again, and an interrupt finds its way. */
constexpr uint64_t kCopyMost = 128 * 1024 * 1024;

struct Range {
  off_t begin, end;
};

int writeZeros(int fd, Range range) {
  static const uint8_t zeros[64 * 1024] = {};
  while (range.begin < range.end) {
    const off_t left = range.end - range.begin;
    const size_t step = left < static_cast<off_t>(sizeof zeros) ? static_cast<size_t>(left) : sizeof zeros;
    const int64_t wrote = pwrite(fd, zeros, step, static_cast<uint64_t>(range.begin));
    if (wrote < 0) return static_cast<int>(wrote);
    if (wrote == 0) return -EIO;
    range.begin += wrote;
  }
  return 0;
}

/** Grows the allocation to `end`, counted from what is allocated now. */
int preallocate(int fd, const struct ::stat& now, off_t end) {
  const off_t blocks = static_cast<off_t>(now.st_blocks) * 512;
  const off_t allocated = blocks > now.st_size ? blocks : now.st_size;
  if (end <= allocated) return 0;
  fstore_t request{};
  request.fst_flags = F_ALLOCATEALL;
  request.fst_posmode = F_PEOFPOSMODE;
  request.fst_length = end - allocated;
  return done([&] { return ::fcntl(fd, F_PREALLOCATE, &request); });
}

/** Makes [begin, end) read as zeros without changing the size. -ENOTSUP where there are no holes. */
int punch(int fd, const struct ::stat& now, Range range) {
  if (range.end > now.st_size) range.end = now.st_size;
  if (range.begin >= range.end) return 0;
  struct ::statfs volume;
  const int looked = done([&] { return ::fstatfs(fd, &volume); });
  if (looked < 0) return looked;
  const off_t block = volume.f_bsize > 0 ? static_cast<off_t>(volume.f_bsize) : 4096;
  const Range inner{(range.begin + block - 1) / block * block, range.end / block * block};
  if (inner.begin >= inner.end) return writeZeros(fd, range);
  fpunchhole_t request{};
  request.fp_offset = inner.begin;
  request.fp_length = inner.end - inner.begin;
  const int punched = done([&] { return ::fcntl(fd, F_PUNCHHOLE, &request); });
  if (punched < 0) return punched == -ENOTTY ? -ENOTSUP : punched;
  const int head = writeZeros(fd, {range.begin, inner.begin});
  return head < 0 ? head : writeZeros(fd, {inner.end, range.end});
}

int grow(int fd, off_t end) {
  struct ::stat now;
  const int looked = done([&] { return ::fstat(fd, &now); });
  if (looked < 0 || now.st_size >= end) return looked;
  return done([&] { return ::ftruncate(fd, end); });
}

}  // namespace

int allocate(int fd, uint64_t offset, uint64_t length, uint32_t mode) {
  if (length == 0 || offset > INT64_MAX) return -EINVAL;
  if (length > INT64_MAX - offset) return -EFBIG;
  const Range range{static_cast<off_t>(offset), static_cast<off_t>(offset + length)};
  const bool keepsSize = (mode & kKeepSize) != 0;
  struct ::stat now;
  const int looked = done([&] { return ::fstat(fd, &now); });
  if (looked < 0) return looked;
  const int access = ::fcntl(fd, F_GETFL);
  if (access == -1) return -errno;
  if ((access & O_ACCMODE) == O_RDONLY) return -EBADF;
  if (!S_ISREG(now.st_mode)) return -ENODEV;
  int result;
  switch (mode & ~kKeepSize) {
    case 0:
      result = preallocate(fd, now, range.end);
      break;
    case kPunchHole:
      // Linux accepts the one only together with the other.
      return keepsSize ? punch(fd, now, range) : -EOPNOTSUPP;
    case kZeroRange:
      result = punch(fd, now, range);
      if (result == -ENOTSUP) result = writeZeros(fd, {range.begin, range.end < now.st_size ? range.end : now.st_size});
      break;
    default:
      return -EOPNOTSUPP;
  }
  return result < 0 || keepsSize ? result : grow(fd, range.end);
}

int sync(int fd, Sync kind) {
  int result = -ENOTSUP;
  if (kind == Sync::kFileSystem) {
    result = done([&] { return ::fsync_volume_np(fd, SYNC_VOLUME_FULLSYNC | SYNC_VOLUME_WAIT); });
    if (result == 0) return 0;
  }
  // fsync(2) alone leaves the bytes in the drive's cache. A barrier orders them before everything later, which is what
  // a database needs of fdatasync, at a fraction of the price.
  if (kind == Sync::kData) result = done([&] { return ::fcntl(fd, F_BARRIERFSYNC); });
  if (result < 0) result = done([&] { return ::fcntl(fd, F_FULLFSYNC); });
  // Volumes that know neither (SMB, some FUSE ones): what POSIX has.
  if (result == -ENOTSUP || result == -ENOTTY || result == -EINVAL) result = done([&] { return ::fsync(fd); });
  return result;
}

int64_t copyRange(int in, uint64_t offsetIn, int out, uint64_t offsetOut, uint64_t length) {
  // A clone (clonefile(2)) makes whole new files only; a range of an existing one has to be read and written.
  if (offsetIn > INT64_MAX || offsetOut > INT64_MAX) return -EINVAL;
  if (length > kCopyMost) length = kCopyMost;
  const int flags = ::fcntl(out, F_GETFL);
  if (flags == -1) return -errno;
  if ((flags & O_APPEND) != 0) return -EBADF;
  struct ::stat from, to;
  if (::fstat(in, &from) != 0 || ::fstat(out, &to) != 0) return -errno;
  if (S_ISDIR(from.st_mode) || S_ISDIR(to.st_mode)) return -EISDIR;
  if (!S_ISREG(from.st_mode) || !S_ISREG(to.st_mode)) return -EINVAL;
  const uint64_t apart = offsetIn > offsetOut ? offsetIn - offsetOut : offsetOut - offsetIn;
  if (from.st_dev == to.st_dev && from.st_ino == to.st_ino && apart < length) return -EINVAL;
  const std::unique_ptr<void, decltype(&::free)> buffer(::malloc(kCopyChunk), &::free);
  if (buffer == nullptr) return -ENOMEM;
  uint64_t copied = 0;
  while (copied < length) {
    const uint64_t left = length - copied;
    const size_t step = left < kCopyChunk ? static_cast<size_t>(left) : kCopyChunk;
    const int64_t got = pread(in, buffer.get(), step, offsetIn + copied);
    const int64_t put = got <= 0 ? got : pwrite(out, buffer.get(), static_cast<size_t>(got), offsetOut + copied);
    if (put < 0) return copied > 0 ? static_cast<int64_t>(copied) : put;
    copied += static_cast<uint64_t>(put);
    if (got < static_cast<int64_t>(step) || put < got) break;
  }
  return static_cast<int64_t>(copied);
}

}  // namespace platform
