/** Looking at objects: fstatat(2), statx(2), readlinkat(2), faccessat2(2), fstatfs(2). */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "platform.h"
#include "retry.h"

#ifndef SYS_faccessat2
#define SYS_faccessat2 439  // since Linux 5.8; the number is the same on every architecture
#endif

namespace platform {

namespace {

/** The 32-bit encoding of device numbers in struct fuse_attr: new_encode_dev in <linux/kdev_t.h>. */
uint32_t encodeDevice(unsigned major, unsigned minor) { return (minor & 0xff) | (major << 8) | ((minor & ~0xffu) << 12); }

int flagsOf(const char* target) { return target == nullptr ? AT_EMPTY_PATH : AT_SYMLINK_NOFOLLOW; }
const char* pathOf(const char* target) { return target == nullptr ? "" : target; }

}  // namespace

int stat(int fd, const char* target, StatRecord* out) {
  struct stat found;
  const int result = target == nullptr ? retry([&] { return ::fstat(fd, &found); })
                                       : retry([&] { return ::fstatat(fd, target, &found, AT_SYMLINK_NOFOLLOW); });
  if (result < 0) return result;
  *out = {};
  FuseAttr& attr = out->attr;
  attr.ino = found.st_ino;
  attr.size = static_cast<uint64_t>(found.st_size);
  attr.blocks = static_cast<uint64_t>(found.st_blocks);
  attr.atime = static_cast<uint64_t>(found.st_atim.tv_sec);
  attr.mtime = static_cast<uint64_t>(found.st_mtim.tv_sec);
  attr.ctime = static_cast<uint64_t>(found.st_ctim.tv_sec);
  attr.atimensec = static_cast<uint32_t>(found.st_atim.tv_nsec);
  attr.mtimensec = static_cast<uint32_t>(found.st_mtim.tv_nsec);
  attr.ctimensec = static_cast<uint32_t>(found.st_ctim.tv_nsec);
  attr.mode = found.st_mode;
  attr.nlink = static_cast<uint32_t>(found.st_nlink);
  attr.uid = found.st_uid;
  attr.gid = found.st_gid;
  attr.rdev = encodeDevice(major(found.st_rdev), minor(found.st_rdev));
  attr.blksize = static_cast<uint32_t>(found.st_blksize);
  out->dev = found.st_dev;
  return 0;
}

int statBirth(int fd, const char* target, StatRecord* out) {
  struct statx found;
  const int result = retry(
      [&] { return ::statx(fd, pathOf(target), flagsOf(target), STATX_BASIC_STATS | STATX_BTIME, &found); });
  // No statx before Linux 4.11 and under old seccomp profiles: then the birth time is simply not known.
  if (result == -ENOSYS || result == -EPERM) return stat(fd, target, out);
  if (result < 0) return result;
  *out = {};
  FuseAttr& attr = out->attr;
  attr.ino = found.stx_ino;
  attr.size = found.stx_size;
  attr.blocks = found.stx_blocks;
  attr.atime = static_cast<uint64_t>(found.stx_atime.tv_sec);
  attr.mtime = static_cast<uint64_t>(found.stx_mtime.tv_sec);
  attr.ctime = static_cast<uint64_t>(found.stx_ctime.tv_sec);
  attr.atimensec = found.stx_atime.tv_nsec;
  attr.mtimensec = found.stx_mtime.tv_nsec;
  attr.ctimensec = found.stx_ctime.tv_nsec;
  attr.mode = found.stx_mode;
  attr.nlink = found.stx_nlink;
  attr.uid = found.stx_uid;
  attr.gid = found.stx_gid;
  attr.rdev = encodeDevice(found.stx_rdev_major, found.stx_rdev_minor);
  attr.blksize = found.stx_blksize;
  out->dev = makedev(found.stx_dev_major, found.stx_dev_minor);
  if ((found.stx_mask & STATX_BTIME) != 0) {
    out->btime = found.stx_btime.tv_sec;
    out->btimeNsec = found.stx_btime.tv_nsec;
    out->hasBtime = 1;
  }
  return 0;
}

int readlink(int fd, const char* target, char* out, size_t capacity) {
  if (capacity == 0) return -EINVAL;
  const int length = static_cast<int>(retry([&] { return ::readlinkat(fd, pathOf(target), out, capacity); }));
  // An empty path on an object that is no symlink says ENOENT; the name of the same object says EINVAL.
  return target == nullptr && length == -ENOENT ? -EINVAL : length;
}

int access(int fd, const char* target, int mask) {
  const int flags = AT_EACCESS | flagsOf(target);
  const int result =
      retry([&] { return static_cast<int>(syscall(SYS_faccessat2, fd, pathOf(target), mask, flags)); });
  if (result != -ENOSYS && result != -EPERM) return result;
  // Before Linux 5.8 the C library decides from the mode bits.
  return retry([&] { return ::faccessat(fd, target == nullptr ? "." : target, mask, AT_EACCESS); });
}

int statfs(int fd, FuseKstatfs* out) {
  struct ::statfs found;
  const int result = retry([&] { return ::fstatfs(fd, &found); });
  if (result < 0) return result;
  *out = {};
  out->blocks = found.f_blocks;
  out->bfree = found.f_bfree;
  out->bavail = found.f_bavail;
  out->files = found.f_files;
  out->ffree = found.f_ffree;
  out->bsize = static_cast<uint32_t>(found.f_bsize);
  out->namelen = static_cast<uint32_t>(found.f_namelen);
  out->frsize = static_cast<uint32_t>(found.f_frsize != 0 ? found.f_frsize : found.f_bsize);
  return 0;
}

}  // namespace platform
