/**
 * Extended attributes. Names pass as they are: darwin has no "user." and no other prefix, and a Linux guest may use any.
 * Sources: getxattr(2), setxattr(2), listxattr(2), removexattr(2).
 */
#include <sys/xattr.h>

#include <limits.h>

#include "place.h"
#include "platform.h"
#include "system.h"
#include "working_directory.h"

namespace platform {

namespace {

/** There are no …at calls: a name is looked up from the thread's own working directory. */
template <typename ByName>
int below(int dirfd, const char* name, ByName byName) {
  const WorkingDirectory here(dirfd);
  if (here.error() != 0) return here.error();
  const auto result = retried([&] { return byName(name); });
  return result > INT_MAX ? -E2BIG : static_cast<int>(result);
}

/** Calls `byDescriptor(fd)` or `byName(name)`. The calls on descriptors refuse XATTR_NOFOLLOW. */
template <typename ByDescriptor, typename ByName>
int onTarget(int fd, const char* target, ByDescriptor byDescriptor, ByName byName) {
  // Not even AT_FDCWD: only a place that was found here may be an absolute path.
  if (target != nullptr) return fd < 0 ? -EBADF : below(fd, target, byName);
  if (standInOf(fd) == nullptr) {
    const auto result = retried([&] { return byDescriptor(fd); });
    return result > INT_MAX ? -E2BIG : static_cast<int>(result);
  }
  Place place;
  const int found = findPlace(fd, &place);
  return found < 0 ? found : below(place.base, place.name, byName);
}

}  // namespace

int getxattr(int fd, const char* target, const char* attribute, void* out, size_t capacity) {
  void* const to = capacity == 0 ? nullptr : out;
  return onTarget(
      fd, target, [&](int object) { return ::fgetxattr(object, attribute, to, capacity, 0, 0); },
      [&](const char* name) { return ::getxattr(name, attribute, to, capacity, 0, XATTR_NOFOLLOW); });
}

int setxattr(int fd, const char* target, const char* attribute, const void* value, size_t length, int flags) {
  return onTarget(
      fd, target, [&](int object) { return ::fsetxattr(object, attribute, value, length, 0, flags); },
      [&](const char* name) { return ::setxattr(name, attribute, value, length, 0, flags | XATTR_NOFOLLOW); });
}

int listxattr(int fd, const char* target, char* out, size_t capacity) {
  char* const to = capacity == 0 ? nullptr : out;
  return onTarget(
      fd, target, [&](int object) { return ::flistxattr(object, to, capacity, 0); },
      [&](const char* name) { return ::listxattr(name, to, capacity, XATTR_NOFOLLOW); });
}

int removexattr(int fd, const char* target, const char* attribute) {
  return onTarget(
      fd, target, [&](int object) { return ::fremovexattr(object, attribute, 0); },
      [&](const char* name) { return ::removexattr(name, attribute, XATTR_NOFOLLOW); });
}

}  // namespace platform
