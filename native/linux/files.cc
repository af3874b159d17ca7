/** Opening, naming and moving bytes. */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <climits>
#include <cstring>

#include "platform.h"
#include "proc.h"
#include "retry.h"

namespace platform {

bool procMounted() { return ::access("/proc/self/fd", X_OK) == 0; }

int procResult(int fd, int result) {
  if (result != -ENOENT) return result;
  if (fcntl(fd, F_GETFD) < 0) return -EBADF;
  return procMounted() ? -ENOENT : -EIO;
}

int openRoot(const char* path) {
  if (!procMounted()) return -EOPNOTSUPP;
  return retry([&] { return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC); });
}

int openDirectory(int dirfd, const char* name) {
  constexpr int flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
  // A kernel before 5.6 has no openat2, and some seccomp profiles answer EPERM for what they do not know.
  static std::atomic<bool> absent{false};
  if (!absent.load(std::memory_order_relaxed)) {
    struct open_how how {};
    // Without O_NOFOLLOW: with it a final symlink would be the object that is opened, and no directory.
    how.flags = flags;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
    const int fd = retry([&] { return static_cast<int>(syscall(SYS_openat2, dirfd, name, &how, sizeof how)); });
    if (fd != -ENOSYS && fd != -EPERM) return fd;
    absent.store(true, std::memory_order_relaxed);
  }
  const int fd = retry([&] { return openat(dirfd, name, flags | O_NOFOLLOW); });
  if (fd != -ENOTDIR) return fd;
  struct stat found;
  const bool symlink = fstatat(dirfd, name, &found, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(found.st_mode);
  return symlink ? -ELOOP : -ENOTDIR;
}

int openObject(int dirfd, const char* name) {
  return retry([&] { return openat(dirfd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC); });
}

int openFile(int dirfd, const char* name, int flags, mode_t mode) {
  return retry([&] { return openat(dirfd, name, flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, mode); });
}

int reopen(int fd, int flags) {
  const ProcPath path(fd);
  // O_NOFOLLOW would refuse the magic link itself; what is behind it is not followed in any case.
  const int opened = (flags & ~(O_NOFOLLOW | O_CREAT | O_EXCL)) | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  return procResult(fd, retry([&] { return open(path.text(), opened); }));
}

int openTemporary(int dirfd, int flags, mode_t mode) {
  const int access = (flags & ~(O_CREAT | O_EXCL | O_TRUNC)) | O_TMPFILE | O_CLOEXEC | O_NONBLOCK;
  const int fd = retry([&] { return openat(dirfd, ".", access, mode); });
  // A file system without it sees an attempt to open a directory for writing.
  return fd == -EISDIR ? -EOPNOTSUPP : fd;
}

int duplicate(int fd) { return retry([&] { return fcntl(fd, F_DUPFD_CLOEXEC, 0); }); }

// The kernel keeps everything that belongs to a descriptor: O_PATH refers to objects of any type, and the position of a
// directory listing is the file offset.
void forget(int) {}

namespace {

/** How the kernel marks the path of an object without a name; a name may end like that as well. */
constexpr char kDeleted[] = " (deleted)";
constexpr size_t kDeletedLength = sizeof kDeleted - 1;

/** A link in /proc/self/fd, looked up from there: the way to that directory costs as much as the link itself. */
int readFdLink(int fd, char* out, size_t capacity) {
  static const int links = open("/proc/self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC);
  char name[16];
  std::snprintf(name, sizeof name, "%d", fd);
  if (links >= 0) return procResult(fd, retry([&] { return ::readlinkat(links, name, out, capacity); }));
  return procResult(fd, retry([&] { return ::readlink(ProcPath(fd).text(), out, capacity); }));
}

}  // namespace

int pathOf(int fd, char* out, size_t capacity) {
  char path[PATH_MAX + 16];
  const int length = readFdLink(fd, path, sizeof path - 1);
  if (length < 0) return length;
  path[length] = 0;
  if (path[0] != '/') return -ENOENT;
  const size_t end = static_cast<size_t>(length);
  if (end > kDeletedLength && std::memcmp(path + end - kDeletedLength, kDeleted, kDeletedLength) == 0) {
    struct stat behind, named;
    if (fstat(fd, &behind) != 0 || lstat(path, &named) != 0 || behind.st_ino != named.st_ino ||
        behind.st_dev != named.st_dev) {
      return -ENOENT;
    }
  }
  if (end > capacity) return -ERANGE;
  std::memcpy(out, path, end);
  return length;
}

int raiseDescriptorLimit() {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return -errno;
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0 && getrlimit(RLIMIT_NOFILE, &limit) != 0) return -errno;
  return limit.rlim_cur > INT_MAX ? INT_MAX : static_cast<int>(limit.rlim_cur);
}

int mknod(int dirfd, const char* name, mode_t mode) {
  return retry([&] { return ::mknodat(dirfd, name, mode, 0); });
}

int mkdir(int dirfd, const char* name, mode_t mode) {
  return retry([&] { return ::mkdirat(dirfd, name, mode); });
}

int symlink(const char* content, int dirfd, const char* name) {
  return retry([&] { return ::symlinkat(content, dirfd, name); });
}

int unlink(int dirfd, const char* name) {
  return retry([&] { return ::unlinkat(dirfd, name, 0); });
}

int rmdir(int dirfd, const char* name) {
  return retry([&] { return ::unlinkat(dirfd, name, AT_REMOVEDIR); });
}

int rename(int fromDir, const char* from, int toDir, const char* to, unsigned flags) {
  if (flags == 0) return retry([&] { return ::renameat(fromDir, from, toDir, to); });
  if ((flags & ~(RENAME_NOREPLACE | RENAME_EXCHANGE)) != 0) return -EINVAL;
  return retry([&] { return ::renameat2(fromDir, from, toDir, to, flags); });
}

int link(int fd, int toDir, const char* name) {
  const ProcPath path(fd);
  return procResult(fd, retry([&] { return ::linkat(AT_FDCWD, path.text(), toDir, name, AT_SYMLINK_FOLLOW); }));
}

int64_t pread(int fd, void* out, size_t length, uint64_t position) {
  size_t done = 0;
  while (done < length) {
    const int64_t got = retry([&] {
      return ::pread(fd, static_cast<char*>(out) + done, length - done, static_cast<off_t>(position + done));
    });
    // A short result would tell a guest that the file ends here, so a late error outweighs the bytes before it.
    if (got < 0) return got;
    if (got == 0) break;
    done += static_cast<size_t>(got);
  }
  return static_cast<int64_t>(done);
}

int64_t pwrite(int fd, const void* in, size_t length, uint64_t position) {
  size_t done = 0;
  do {
    const int64_t put = retry([&] {
      return ::pwrite(fd, static_cast<const char*>(in) + done, length - done, static_cast<off_t>(position + done));
    });
    if (put < 0 && done == 0) return put;
    if (put <= 0) break;
    done += static_cast<size_t>(put);
  } while (done < length);
  return static_cast<int64_t>(done);
}

int64_t append(int fd, const void* in, size_t length) {
  size_t done = 0;
  do {
    const struct iovec part = {static_cast<char*>(const_cast<void*>(in)) + done, length - done};
    const int64_t put = retry([&] { return ::pwritev2(fd, &part, 1, 0, RWF_APPEND); });
    if (put < 0 && done == 0) return put;
    if (put <= 0) break;
    done += static_cast<size_t>(put);
  } while (done < length);
  return static_cast<int64_t>(done);
}

}  // namespace platform
