/**
 * Enough of macOS on top of Linux to run the files of native/darwin here (check/linux/build.ts, never shipped): the
 * same calls with the meaning of Apple's man pages, as far as this folder depends on it. Included before everything
 * else, so that the macros at the end see no header of the system after them.
 *
 * What this shows: the folder's own logic (stand-ins, listings, ranges, order of checks). What it cannot show: that
 * macOS does as its man pages say.
 */
#pragma once

// The system's own `struct stat` steps aside: macOS's has a birth time.
#define stat linux_stat
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/types.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <unistd.h>
#undef stat

#include <algorithm>
#include <atomic>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

// -- open(2): bits that Linux leaves free ------------------------------------------------------------------------------
#define O_EXEC 0x1000000
#define O_EVTONLY 0x2000000
#define O_SYMLINK 0x4000000

// -- fcntl(2) ----------------------------------------------------------------------------------------------------------
#define F_PREALLOCATE 42
#define F_NOCACHE 48
#define F_GETPATH 50
#define F_FULLFSYNC 51
#define F_BARRIERFSYNC 85
#define F_PUNCHHOLE 99
#define F_ALLOCATEALL 0x4
#define F_PEOFPOSMODE 3

struct fstore_t {
  unsigned fst_flags;
  int fst_posmode;
  off_t fst_offset, fst_length, fst_bytesalloc;
};
struct fpunchhole_t {
  unsigned fp_flags, reserved;
  off_t fp_offset, fp_length;
};

// -- names that only macOS has -----------------------------------------------------------------------------------------
// The numbers of renameat2: the seam is Linux's own here.
#define RENAME_EXCL 0x1
#define RENAME_SWAP 0x2
#define SYNC_VOLUME_FULLSYNC 1
#define SYNC_VOLUME_WAIT 2
#define SO_NOSIGPIPE 0x1022
#define OPEN_MAX 10240
#define __MAC_13_0 130000
#define __builtin_available(...) true
#undef PATH_MAX
#define PATH_MAX 1024

struct stat {
  dev_t st_dev, st_rdev;
  ino_t st_ino;
  mode_t st_mode;
  nlink_t st_nlink;
  uid_t st_uid;
  gid_t st_gid;
  off_t st_size;
  int64_t st_blocks;
  int32_t st_blksize;
  struct timespec st_atimespec, st_mtimespec, st_ctimespec, st_birthtimespec;
};
int fstat(int fd, struct stat* out);
int fstatat(int dirfd, const char* path, struct stat* out, int flags);

size_t strlcpy(char* to, const char* from, size_t size);
size_t strlcat(char* to, const char* from, size_t size);
int sysctlbyname(const char* name, void* value, size_t* size, const void* set, size_t length);
int pthread_setname_np(const char* name);
int fsync_volume_np(int fd, int flags);
ssize_t freadlink(int fd, char* out, size_t capacity);
int renameatx_np(int fromDir, const char* from, int toDir, const char* to, unsigned flags);

// -- calls that behave differently -------------------------------------------------------------------------------------
int darwin_openat(int dirfd, const char* path, int flags, mode_t mode = 0);
int darwin_unlinkat(int dirfd, const char* path, int flags);
int darwin_fchmod(int fd, mode_t mode);
int darwin_fchown(int fd, uid_t uid, gid_t gid);
int darwin_futimens(int fd, const struct timespec times[2]);
int darwin_setsockopt(int socket, int level, int option, const void* value, socklen_t size);
int darwin_fcntl(int fd, int command, int argument = 0);
int darwin_fcntl(int fd, int command, char* path);
int darwin_fcntl(int fd, int command, struct flock* lock);
int darwin_fcntl(int fd, int command, fstore_t* store);
int darwin_fcntl(int fd, int command, fpunchhole_t* hole);

#define openat darwin_openat
#define unlinkat darwin_unlinkat
#define fchmod darwin_fchmod
#define fchown darwin_fchown
#define futimens darwin_futimens
#define setsockopt darwin_setsockopt
#define fcntl darwin_fcntl
