/** Changing the tree. Sources: mkfifo(2), bind(2), unlink(2), rename(2), renameatx_np(2), link(2). */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "fd.h"
#include "place.h"
#include "platform.h"
#include "system.h"
#include "working_directory.h"

namespace platform {

namespace {

bool isDirectory(int dirfd, const char* name) {
  struct ::stat seen;
  return ::fstatat(dirfd, name, &seen, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(seen.st_mode);
}

int makeFile(int dirfd, const char* name, mode_t mode) {
  const Descriptor made(retried([&] {
    return ::openat(dirfd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode & 07777);
  }));
  return made.valid() ? 0 : made.get();
}

int makeFifo(int dirfd, const char* name, mode_t mode) {
  const WorkingDirectory here(dirfd);
  return here.error() != 0 ? here.error() : done([&] { return ::mkfifo(name, mode & 07777); });
}

/** Only bind(2) makes a socket's name, and it knows no permissions but the umask. */
int bindSocket(int dirfd, const char* name, mode_t mode) {
  struct sockaddr_un address {};
  address.sun_family = AF_UNIX;
  if (::strlcpy(address.sun_path, name, sizeof address.sun_path) >= sizeof address.sun_path) return -ENAMETOOLONG;
  const Descriptor unbound(::socket(AF_UNIX, SOCK_STREAM, 0));
  if (!unbound.valid()) return -errno;
  int bound;
  {
    const WorkingDirectory here(dirfd);
    if (here.error() != 0) return here.error();
    const auto* generic = reinterpret_cast<const struct sockaddr*>(&address);
    bound = done([&] { return ::bind(unbound.get(), generic, SUN_LEN(&address)); });
  }
  if (bound < 0) return bound == -EADDRINUSE ? -EEXIST : bound;
  return done([&] { return ::fchmodat(dirfd, name, mode & 07777, AT_SYMLINK_NOFOLLOW); });
}

int makeSocket(int dirfd, const char* name, mode_t mode) {
  const int bound = bindSocket(dirfd, name, mode);
  if (bound != -ENAMETOOLONG) return bound;
  // Longer than sun_path (104 bytes), not longer than a name: made under a short one.
  char brief[40];
  ::snprintf(brief, sizeof brief, ".osmofs-%08x%08x", ::arc4random(), ::arc4random());
  const int made = bindSocket(dirfd, brief, mode);
  if (made < 0) return made;
  const int named = done([&] { return ::renameatx_np(dirfd, brief, dirfd, name, RENAME_EXCL); });
  if (named < 0) ::unlinkat(dirfd, brief, 0);
  return named;
}

}  // namespace

int mknod(int dirfd, const char* name, mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFREG:
      return makeFile(dirfd, name, mode);
    case S_IFIFO:
      return makeFifo(dirfd, name, mode);
    case S_IFSOCK:
      return makeSocket(dirfd, name, mode);
    default:
      return -EPERM;
  }
}

int mkdir(int dirfd, const char* name, mode_t mode) {
  return done([&] { return ::mkdirat(dirfd, name, mode); });
}

int symlink(const char* content, int dirfd, const char* name) {
  return done([&] { return ::symlinkat(content, dirfd, name); });
}

int unlink(int dirfd, const char* name) {
  const int result = done([&] { return ::unlinkat(dirfd, name, 0); });
  // POSIX's answer for a directory is EPERM; Linux's, and what programs on it expect, is EISDIR.
  return result == -EPERM && isDirectory(dirfd, name) ? -EISDIR : result;
}

int rmdir(int dirfd, const char* name) {
  return done([&] { return ::unlinkat(dirfd, name, AT_REMOVEDIR); });
}

int rename(int fromDir, const char* from, int toDir, const char* to, unsigned flags) {
  if (flags == 0) return done([&] { return ::renameat(fromDir, from, toDir, to); });
  const int result = done([&] { return ::renameatx_np(fromDir, from, toDir, to, flags); });
  // renameat2(2): EINVAL where the file system has no such flag.
  return result == -ENOTSUP ? -EINVAL : result;
}

int link(int fd, int toDir, const char* name) {
  Place place;
  const int found = findPlace(fd, &place);
  if (found < 0) return found == -ESTALE ? -ENOENT : found;
  StatRecord before, after;
  const int looked = stat(fd, nullptr, &before);
  if (looked < 0) return looked;
  const int linked = done([&] { return ::linkat(place.base, place.name, toDir, name, 0); });
  if (linked < 0) return linked;
  // There is no link by descriptor here: what got the new name must be what was meant, else it goes again.
  const int checked = stat(toDir, name, &after);
  if (checked == 0 && after.attr.ino == before.attr.ino && after.dev == before.dev) return 0;
  if (checked == 0) ::unlinkat(toDir, name, 0);
  return -ENOENT;
}

}  // namespace platform
