/** Bytes of files. Sources: read(2), write(2): one call takes at most INT_MAX bytes here. */
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <mutex>

#include "fd.h"
#include "platform.h"
#include "system.h"

namespace platform {

namespace {

/** Repeats `call(done, left)` until all is moved, the file ends or an error comes: bytes, or -errno for none. */
template <typename Call>
int64_t allOf(size_t length, Call call) {
  size_t moved = 0;
  while (moved < length) {
    const size_t left = length - moved < INT_MAX ? length - moved : INT_MAX;
    const auto step = retried([&] { return call(moved, left); });
    if (step < 0) return moved > 0 ? static_cast<int64_t>(moved) : static_cast<int64_t>(step);
    if (step == 0) break;
    moved += static_cast<size_t>(step);
  }
  return static_cast<int64_t>(moved);
}

/** One of many locks, chosen by the file: appends to one file through descriptors without O_APPEND take turns. */
std::mutex& turnOf(const struct ::stat& file) {
  static std::mutex turns[64];
  return turns[(static_cast<uint64_t>(file.st_ino) ^ static_cast<uint64_t>(file.st_dev)) % 64];
}

int64_t writeAll(int fd, const uint8_t* from, size_t length) {
  return allOf(length, [&](size_t moved, size_t left) { return ::write(fd, from + moved, left); });
}

}  // namespace

int64_t pread(int fd, void* out, size_t length, uint64_t position) {
  if (position > INT64_MAX) return -EINVAL;
  auto* const to = static_cast<uint8_t*>(out);
  return allOf(length, [&](size_t moved, size_t left) {
    return ::pread(fd, to + moved, left, static_cast<off_t>(position + moved));
  });
}

int64_t pwrite(int fd, const void* in, size_t length, uint64_t position) {
  if (position > INT64_MAX) return -EINVAL;
  const auto* const from = static_cast<const uint8_t*>(in);
  return allOf(length, [&](size_t moved, size_t left) {
    return ::pwrite(fd, from + moved, left, static_cast<off_t>(position + moved));
  });
}

int64_t append(int fd, const void* in, size_t length) {
  const auto* const from = static_cast<const uint8_t*>(in);
  const int flags = ::fcntl(fd, F_GETFL);
  if (flags == -1) return -errno;
  if ((flags & O_APPEND) != 0) return writeAll(fd, from, length);
  // Set by fcntl(2) in the guest only. There is no RWF_APPEND, and O_APPEND on this description would redirect the
  // writes of other threads meanwhile: a second description appends, as atomically as the host's own programs do.
  const Descriptor second(reopen(fd, O_WRONLY | O_APPEND));
  if (second.valid() && (::fcntl(second.get(), F_GETFL) & O_APPEND) != 0) return writeAll(second.get(), from, length);
  // Unlinked, so no second description; then no program of the host can open it either, and ours take turns.
  struct ::stat now;
  if (::fstat(fd, &now) != 0) return -errno;
  const std::lock_guard<std::mutex> turn(turnOf(now));
  if (::fstat(fd, &now) != 0) return -errno;
  return pwrite(fd, from, length, static_cast<uint64_t>(now.st_size));
}

}  // namespace platform
