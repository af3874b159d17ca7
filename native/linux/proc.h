/**
 * /proc/self/fd: the way to an object behind an O_PATH descriptor for the calls that Linux offers only by path. The
 * "magic link" there leads to the very object, whatever its name leads to now, and is not followed any further: the
 * object may itself be a symlink (proc(5), path_resolution(7)).
 */
#pragma once

#include <cstdio>

namespace platform {

/** "/proc/self/fd/N" or "/proc/self/fd/N/name" as a NUL-terminated string. */
class ProcPath {
 public:
  explicit ProcPath(int fd) { std::snprintf(text_, sizeof text_, "/proc/self/fd/%d", fd); }
  ProcPath(int fd, const char* name) { std::snprintf(text_, sizeof text_, "/proc/self/fd/%d/%s", fd, name); }
  const char* text() const { return text_; }

 private:
  char text_[sizeof "/proc/self/fd/-2147483648/" + 255];
};

/** False where /proc is not mounted. */
bool procMounted();

/**
 * The result of a system call on a ProcPath. ENOENT would be a lie where /proc is missing or the descriptor is closed:
 * EIO and EBADF then. (openRoot has refused to serve without /proc, so EIO means it was unmounted later.)
 */
int procResult(int fd, int result);

}  // namespace platform
