/** Opening, reopening and naming what a descriptor refers to. Sources: open(2), fcntl(2), getrlimit(2). */
#include <fcntl.h>
#include <string.h>
#include <sys/param.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysctl.h>
#include <unistd.h>

#include "listing.h"
#include "open_flags.h"
#include "place.h"
#include "platform.h"
#include "system.h"

namespace platform {

namespace {

constexpr int kQuiet = O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
/** How often an object that is replaced under our eyes is looked at again. */
constexpr int kAttempts = 16;

bool isSymlink(int dirfd, const char* name) {
  struct ::stat seen;
  return ::fstatat(dirfd, name, &seen, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(seen.st_mode);
}

int openPlain(int dirfd, const char* name, int flags, mode_t mode = 0) {
  const int fd = retried([&] { return ::openat(dirfd, name, flags & ~kOpenNoCache, mode); });
  // Advice: a volume that cannot do without its cache still serves the file.
  if (fd >= 0 && (flags & kOpenNoCache) != 0) ::fcntl(fd, F_NOCACHE, 1);
  // What Linux says of a socket.
  return fd == -EOPNOTSUPP ? -ENXIO : fd;
}

/** Closes and says ESTALE unless `fd` is the object that was meant. */
int confirmed(int fd, dev_t device, ino_t inode) {
  if (fd < 0) return fd;
  Descriptor opened(fd);
  struct ::stat now;
  if (::fstat(fd, &now) != 0) return -errno;
  return now.st_dev == device && now.st_ino == inode ? opened.release() : -ESTALE;
}

}  // namespace

int openRoot(const char* path) {
  const int readable = openPlain(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  return readable != -EACCES ? readable : openPlain(AT_FDCWD, path, O_SEARCH | O_CLOEXEC);
}

int openDirectory(int dirfd, const char* name) {
  // Search permission is all that a base needs; a directory without even that can still be looked at.
  int fd = openPlain(dirfd, name, O_SEARCH | O_NOFOLLOW | O_CLOEXEC);
  if (fd == -EACCES || fd == -EINVAL) fd = openPlain(dirfd, name, O_EVTONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  return fd == -ENOTDIR && isSymlink(dirfd, name) ? -ELOOP : fd;
}

int openObject(int dirfd, const char* name) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    struct ::stat seen;
    const int looked = done([&] { return ::fstatat(dirfd, name, &seen, AT_SYMLINK_NOFOLLOW); });
    if (looked < 0) return looked;
    if (!S_ISREG(seen.st_mode) && !S_ISDIR(seen.st_mode) && !S_ISLNK(seen.st_mode)) {
      return makeStandIn(dirfd, name, seen);
    }
    // O_SYMLINK opens the link itself; O_NOFOLLOW beside it would refuse the link.
    const int fd =
        confirmed(openPlain(dirfd, name, O_EVTONLY | O_SYMLINK | kQuiet), seen.st_dev, seen.st_ino);
    if (fd == -EACCES || fd == -EPERM) return makeStandIn(dirfd, name, seen);
    if (fd != -ESTALE && fd != -ENOENT) return fd;
  }
  return -ESTALE;
}

int openFile(int dirfd, const char* name, int flags, mode_t mode) {
  return openPlain(dirfd, name, flags | O_NOFOLLOW | kQuiet, mode);
}

int reopen(int fd, int flags) {
  const int wanted = (flags & ~(O_CREAT | O_EXCL | O_TRUNC | O_NOFOLLOW)) | kQuiet;
  struct ::stat self;
  int fresh = -ESTALE;
  const auto standIn = standInOf(fd);
  if (standIn == nullptr) {
    const int looked = done([&] { return ::fstat(fd, &self); });
    if (looked < 0) return looked;
  } else {
    self = standIn->seen;
  }
  if (S_ISLNK(self.st_mode)) return -ELOOP;
  if (S_ISSOCK(self.st_mode)) return -ENXIO;
  // A directory has a name for itself that no rename can take away.
  if (S_ISDIR(self.st_mode) && standIn == nullptr) fresh = openPlain(fd, ".", wanted);
  if (fresh == -ESTALE || fresh == -EACCES) {
    Place place;
    const int found = findPlace(fd, &place);
    if (found == 0) fresh = confirmed(openPlain(place.base, place.name, wanted | O_NOFOLLOW), self.st_dev, self.st_ino);
    // Unlinked: no name leads there any more, but fd(4) still duplicates. Such a descriptor shares position and locks
    // with the first and can do no more than it (EACCES else).
    if (found == -ESTALE && standIn == nullptr) {
      char alias[32];
      ::snprintf(alias, sizeof alias, "/dev/fd/%d", fd);
      fresh = confirmed(openPlain(AT_FDCWD, alias, wanted), self.st_dev, self.st_ino);
    }
  }
  // Only now: before, it could have been somebody else's file that lost its content.
  if (fresh >= 0 && (flags & O_TRUNC) != 0 && S_ISREG(self.st_mode)) {
    Descriptor opened(fresh);
    const int cut = done([&] { return ::ftruncate(fresh, 0); });
    if (cut < 0) return cut;
    opened.release();
  }
  return fresh;
}

int openTemporary(int, int, mode_t) { return -EOPNOTSUPP; }

int duplicate(int fd) {
  if (const auto standIn = standInOf(fd)) return duplicateStandIn(standIn);
  return retried([&] { return ::fcntl(fd, F_DUPFD_CLOEXEC, 0); });
}

void forget(int fd) {
  forgetStandIn(fd);
  forgetListing(fd);
}

int pathOf(int fd, char* out, size_t capacity) {
  Place place;
  const int found = findPlace(fd, &place);
  if (found < 0) return found == -ESTALE ? -ENOENT : found;
  if (place.base != AT_FDCWD) {
    // A stand-in, by its name below its directory.
    char directory[PATH_MAX];
    const int told = currentPath(place.base, directory);
    if (told < 0) return told;
    if (::strlcat(directory, "/", sizeof directory) + ::strlen(place.name) >= sizeof directory) return -ENAMETOOLONG;
    ::strlcat(directory, place.name, sizeof directory);
    ::strlcpy(place.name, directory, sizeof place.name);
  } else if (::strncmp(place.name, kByNumber, ::strlen(kByNumber)) == 0) {
    // Found by its number: the system tells a name when it is opened that way, if there is one that fits.
    const Descriptor opened(openPlain(AT_FDCWD, place.name, O_EVTONLY | O_SYMLINK | kQuiet));
    const int told = opened.valid() ? currentPath(opened.get(), place.name) : opened.get();
    if (told < 0) return told;
  }
  const size_t length = ::strlen(place.name);
  if (length > capacity) return -ERANGE;
  ::memcpy(out, place.name, length);
  return static_cast<int>(length);
}

int raiseDescriptorLimit() {
  struct rlimit limit;
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return -errno;
  // The hard limit says "unlimited", but setrlimit(2) refuses more than this; OPEN_MAX always passes.
  int most = OPEN_MAX;
  size_t size = sizeof most;
  if (::sysctlbyname("kern.maxfilesperproc", &most, &size, nullptr, 0) != 0 || most < OPEN_MAX) most = OPEN_MAX;
  for (const rlim_t wanted : {static_cast<rlim_t>(most), static_cast<rlim_t>(OPEN_MAX)}) {
    struct rlimit raised = limit;
    raised.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
    if (raised.rlim_cur <= limit.rlim_cur) break;
    if (::setrlimit(RLIMIT_NOFILE, &raised) == 0) {
      limit = raised;
      break;
    }
  }
  return limit.rlim_cur > INT32_MAX ? INT32_MAX : static_cast<int>(limit.rlim_cur);
}

}  // namespace platform
