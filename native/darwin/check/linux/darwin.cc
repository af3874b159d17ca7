/** The calls of darwin.h. */
#include "darwin.h"

#undef openat
#undef unlinkat
#undef fchmod
#undef fchown
#undef futimens
#undef setsockopt
#undef fcntl

#include <sys/event.h>

namespace {

// glibc hides the flag of fallocate(2) behind <linux/falloc.h>'s own names.
constexpr int kFallocateKeepSize = 0x01, kFallocatePunchHole = 0x02;

int fail(int number) {
  errno = number;
  return -1;
}

struct SelfPath {
  char text[40];
  explicit SelfPath(int fd) { snprintf(text, sizeof text, "/proc/self/fd/%d", fd); }
};

bool isSymlinkDescriptor(int fd) {
  struct stat seen;
  return fstat(fd, &seen) == 0 && S_ISLNK(seen.st_mode);
}

}  // namespace

int fstat(int fd, struct stat* out) { return fstatat(fd, "", out, AT_EMPTY_PATH); }

int fstatat(int dirfd, const char* path, struct stat* out, int flags) {
  struct statx seen;
  if (statx(dirfd, path, flags, STATX_BASIC_STATS | STATX_BTIME, &seen) != 0) return -1;
  const auto time = [](const struct statx_timestamp& at) { return timespec{at.tv_sec, static_cast<long>(at.tv_nsec)}; };
  *out = {};
  out->st_dev = makedev(seen.stx_dev_major, seen.stx_dev_minor);
  out->st_rdev = makedev(seen.stx_rdev_major, seen.stx_rdev_minor);
  out->st_ino = seen.stx_ino;
  out->st_mode = seen.stx_mode;
  out->st_nlink = seen.stx_nlink;
  out->st_uid = seen.stx_uid;
  out->st_gid = seen.stx_gid;
  out->st_size = static_cast<off_t>(seen.stx_size);
  out->st_blocks = static_cast<int64_t>(seen.stx_blocks);
  out->st_blksize = static_cast<int32_t>(seen.stx_blksize);
  out->st_atimespec = time(seen.stx_atime);
  out->st_mtimespec = time(seen.stx_mtime);
  out->st_ctimespec = time(seen.stx_ctime);
  if ((seen.stx_mask & STATX_BTIME) != 0) out->st_birthtimespec = time(seen.stx_btime);
  return 0;
}

size_t strlcpy(char* to, const char* from, size_t size) {
  if (size > 0) snprintf(to, size, "%s", from);
  return strlen(from);
}

size_t strlcat(char* to, const char* from, size_t size) {
  const size_t used = strnlen(to, size);
  return used + (used < size ? strlcpy(to + used, from, size - used) : strlen(from));
}

int sysctlbyname(const char*, void*, size_t*, const void*, size_t) { return fail(ENOENT); }

int pthread_setname_np(const char* name) { return pthread_setname_np(pthread_self(), name); }

int fsync_volume_np(int fd, int) { return syncfs(fd); }

ssize_t freadlink(int fd, char* out, size_t capacity) { return readlinkat(fd, "", out, capacity); }

int renameatx_np(int fromDir, const char* from, int toDir, const char* to, unsigned flags) {
  if ((flags & ~(RENAME_EXCL | RENAME_SWAP)) != 0) return fail(EINVAL);
  return static_cast<int>(syscall(SYS_renameat2, fromDir, from, toDir, to, flags));
}

// pthread_fchdir_np: a Linux thread that has unshared its directory has one of its own.
extern "C" int pthread_fchdir_np(int fd) {
  thread_local int home = -1;
  if (home == -1) {
    if (unshare(CLONE_FS) != 0) return -1;
    home = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
  }
  return fchdir(fd == -1 ? home : fd);
}

int darwin_openat(int dirfd, const char* path, int flags, mode_t mode) {
  const bool looksOnly = (flags & (O_EVTONLY | O_EXEC)) != 0;
  const bool opensSymlink = (flags & O_SYMLINK) != 0;
  const int own = flags & ~(O_EVTONLY | O_EXEC | O_SYMLINK);
  struct stat seen;
  if (fstatat(dirfd, path, &seen, AT_SYMLINK_NOFOLLOW) == 0) {
    if (S_ISSOCK(seen.st_mode)) return fail(EOPNOTSUPP);
    if (S_ISLNK(seen.st_mode) && opensSymlink) return openat(dirfd, path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  }
  return openat(dirfd, path, looksOnly ? own & ~O_ACCMODE : own, mode);
}

int darwin_unlinkat(int dirfd, const char* path, int flags) {
  const int result = unlinkat(dirfd, path, flags);
  return result == -1 && errno == EISDIR ? fail(EPERM) : result;
}

int darwin_fchmod(int fd, mode_t mode) {
  // A symlink's permissions exist on macOS and can be changed; here only the call has to succeed.
  return isSymlinkDescriptor(fd) ? 0 : fchmod(fd, mode);
}

int darwin_fchown(int fd, uid_t uid, gid_t gid) { return fchownat(fd, "", uid, gid, AT_EMPTY_PATH); }

int darwin_futimens(int fd, const struct timespec times[2]) { return utimensat(fd, "", times, AT_EMPTY_PATH); }

int darwin_setsockopt(int socket, int level, int option, const void* value, socklen_t size) {
  return option == SO_NOSIGPIPE ? 0 : setsockopt(socket, level, option, value, size);
}

int darwin_fcntl(int fd, int command, int argument) {
  switch (command) {
    case F_NOCACHE:
      return 0;
    case F_FULLFSYNC:
      return fsync(fd);
    case F_BARRIERFSYNC:
      return fdatasync(fd);
    default:
      return fcntl(fd, command, argument);
  }
}

int darwin_fcntl(int fd, int, char* path) {
  char told[4096];
  const ssize_t length = readlink(SelfPath(fd).text, told, sizeof told);
  if (length == -1) return fail(errno == ENOENT ? EBADF : errno == ENAMETOOLONG ? ENOSPC : errno);
  if (length >= PATH_MAX) return fail(ENOSPC);
  memcpy(path, told, static_cast<size_t>(length));
  path[length] = 0;
  return 0;
}

int darwin_fcntl(int fd, int command, struct flock* lock) { return fcntl(fd, command, lock); }

int darwin_fcntl(int fd, int, fstore_t* store) {
  struct stat now;
  if (fstat(fd, &now) != 0) return -1;
  if (store->fst_posmode != F_PEOFPOSMODE || store->fst_offset != 0 || store->fst_length <= 0) return fail(EINVAL);
  const off_t blocks = static_cast<off_t>(now.st_blocks) * 512;
  const off_t physicalEnd = blocks > now.st_size ? blocks : now.st_size;
  return fallocate(fd, kFallocateKeepSize, physicalEnd, store->fst_length);
}

int darwin_fcntl(int fd, int, fpunchhole_t* hole) {
  struct stat now;
  struct statfs volume;
  if (fstat(fd, &now) != 0 || fstatfs(fd, &volume) != 0) return -1;
  // What macOS demands of a hole, and Linux does not.
  if (hole->fp_offset % volume.f_bsize != 0 || hole->fp_length % volume.f_bsize != 0 || hole->fp_length <= 0 ||
      hole->fp_offset + hole->fp_length > now.st_size) {
    return fail(EINVAL);
  }
  return fallocate(fd, kFallocateKeepSize | kFallocatePunchHole, hole->fp_offset, hole->fp_length);
}

int kqueue() { return eventfd(0, EFD_NONBLOCK); }

int kevent(int queue, const struct kevent* changes, int count, struct kevent* events, int room,
           const struct timespec*) {
  uint64_t value = 1;
  for (int i = 0; i < count; i++) {
    if ((changes[i].fflags & NOTE_TRIGGER) != 0 && write(queue, &value, sizeof value) == -1) return -1;
  }
  if (room == 0) return 0;
  if (read(queue, &value, sizeof value) == -1) return errno == EAGAIN ? 0 : -1;
  events[0] = {1, EVFILT_USER, 0, 0};
  return 1;
}
