/**
 * Extended attributes of an open file, of an O_PATH descriptor and of a name below a directory. Linux 6.13 brought the
 * …xattrat calls for the last one; before, and for O_PATH descriptors, the way is a path through /proc/self/fd.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <atomic>

#include "platform.h"
#include "proc.h"
#include "retry.h"

namespace platform {

namespace {

// The numbers are the same on every architecture.
constexpr long kSetxattrat = 463, kGetxattrat = 464, kListxattrat = 465, kRemovexattrat = 466;

/** struct xattr_args, <linux/xattr.h> of Linux 6.13. */
struct XattrArgs {
  alignas(8) uint64_t value;
  uint32_t size;
  uint32_t flags;
};

std::atomic<bool> absent{false};

/**
 * The way to a target: `open(fd)` for SELF, falling back to `path("/proc/self/fd/N")` for an O_PATH descriptor;
 * `below()` for a name, falling back to `nofollow("/proc/self/fd/D/name")` on a kernel that lacks the call.
 */
template <typename Open, typename Path, typename Below, typename NoFollow>
int reach(int fd, const char* target, Open open, Path path, Below below, NoFollow nofollow) {
  if (target == nullptr) {
    const int64_t result = retry(open);
    if (result != -EBADF) return static_cast<int>(result);
    const ProcPath object(fd);
    return procResult(fd, static_cast<int>(retry([&] { return path(object.text()); })));
  }
  if (!absent.load(std::memory_order_relaxed)) {
    const int64_t result = retry(below);
    if (result != -ENOSYS) return static_cast<int>(result);
    absent.store(true, std::memory_order_relaxed);
  }
  const ProcPath named(fd, target);
  return procResult(fd, static_cast<int>(retry([&] { return nofollow(named.text()); })));
}

}  // namespace

int getxattr(int fd, const char* target, const char* attribute, void* out, size_t capacity) {
  return reach(
      fd, target, [&] { return ::fgetxattr(fd, attribute, out, capacity); },
      [&](const char* path) { return ::getxattr(path, attribute, out, capacity); },
      [&] {
        XattrArgs args = {reinterpret_cast<uintptr_t>(out), static_cast<uint32_t>(capacity), 0};
        return syscall(kGetxattrat, fd, target, AT_SYMLINK_NOFOLLOW, attribute, &args, sizeof args);
      },
      [&](const char* path) { return ::lgetxattr(path, attribute, out, capacity); });
}

int setxattr(int fd, const char* target, const char* attribute, const void* value, size_t length, int flags) {
  return reach(
      fd, target, [&] { return ::fsetxattr(fd, attribute, value, length, flags); },
      [&](const char* path) { return ::setxattr(path, attribute, value, length, flags); },
      [&] {
        XattrArgs args = {reinterpret_cast<uintptr_t>(value), static_cast<uint32_t>(length), static_cast<uint32_t>(flags)};
        return syscall(kSetxattrat, fd, target, AT_SYMLINK_NOFOLLOW, attribute, &args, sizeof args);
      },
      [&](const char* path) { return ::lsetxattr(path, attribute, value, length, flags); });
}

int listxattr(int fd, const char* target, char* out, size_t capacity) {
  return reach(
      fd, target, [&] { return ::flistxattr(fd, out, capacity); },
      [&](const char* path) { return ::listxattr(path, out, capacity); },
      [&] { return syscall(kListxattrat, fd, target, AT_SYMLINK_NOFOLLOW, out, capacity); },
      [&](const char* path) { return ::llistxattr(path, out, capacity); });
}

int removexattr(int fd, const char* target, const char* attribute) {
  return reach(
      fd, target, [&] { return ::fremovexattr(fd, attribute); },
      [&](const char* path) { return ::removexattr(path, attribute); },
      [&] { return syscall(kRemovexattrat, fd, target, AT_SYMLINK_NOFOLLOW, attribute); },
      [&](const char* path) { return ::lremovexattr(path, attribute); });
}

}  // namespace platform
