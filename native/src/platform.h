/**
 * What a system folder (linux/, darwin/) has to provide: one function per operation that differs between systems.
 *
 * Rules for every function here, unless its comment says otherwise:
 *  - flags, modes of rename, whence, xattr flags … are the *system's own* numbers (TypeScript has translated them);
 *  - the result is >= 0, or -errno with the *system's own* errno (src/error.h translates it once, on its way out);
 *  - EINTR is retried inside, except in the two `…Wait` lock calls;
 *  - nothing throws, nothing is logged, nothing allocates except where a thread or a pipe is made;
 *  - every descriptor that is made is close-on-exec;
 *  - a `name` is one path component, NUL-terminated, already checked (not empty, no '/', not ".."). Where a parameter
 *    is called `target`, nullptr means the object behind the descriptor itself; a target is never followed if it is a
 *    symlink. A descriptor of an object may be one of `openObject` (Linux: O_PATH), of a file of any type.
 */
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>

namespace platform {

// -- records: the layouts are `STAT`, `TIMES`, and the kernel's FUSE structs, see os.ts and <linux/fuse.h> ------------

/** struct fuse_attr; `mode` with the Linux S_IF* bits (the same numbers on macOS), rdev in Linux's 32-bit encoding. */
struct FuseAttr {
  uint64_t ino, size, blocks, atime, mtime, ctime;
  uint32_t atimensec, mtimensec, ctimensec, mode, nlink, uid, gid, rdev, blksize, flags;
};
static_assert(sizeof(FuseAttr) == 88);

struct StatRecord {
  FuseAttr attr;  // `flags` is 0
  uint64_t dev;
  int64_t btime;
  uint32_t btimeNsec, hasBtime;
  uint64_t reserved;  // 0
};
static_assert(sizeof(StatRecord) == 120);

/** One entry of a directory, followed by the name (no NUL) and padding with zeros to 8 bytes. */
struct FuseDirent {
  uint64_t ino, off;
  uint32_t namelen, type;  // type: DT_* (the same numbers on both systems), 0 if unknown
};
static_assert(sizeof(FuseDirent) == 24);

struct FuseKstatfs {
  uint64_t blocks, bfree, bavail, files, ffree;
  uint32_t bsize, namelen, frsize, padding, spare[6];
};
static_assert(sizeof(FuseKstatfs) == 80);

/** Layout `FILE_SYSTEM` of os.ts: Linux says the magic number, macOS the name and whether it is local. */
struct FileSystemRecord {
  uint32_t magic, local;
  char name[24];
};
static_assert(sizeof(FileSystemRecord) == 32);

/** struct fuse_file_lock. `end` is inclusive; 0x7fffffffffffffff = to the end of the file. Types are Linux's, below. */
struct FileLock {
  uint64_t start, end;
  uint32_t type, pid;
};
static_assert(sizeof(FileLock) == 24);
inline constexpr uint32_t kLinuxReadLock = 0, kLinuxWriteLock = 1, kLinuxUnlock = 2;
inline constexpr uint64_t kLockToEnd = 0x7fffffffffffffffull;

struct TimeChange {
  int64_t sec;
  uint32_t nsec, how;  // how: one of the three below
};
static_assert(sizeof(TimeChange) == 16);
inline constexpr uint32_t kTimeSet = 0, kTimeNow = 1, kTimeOmit = 2;

// -- descriptors (files.cc) --------------------------------------------------------------------------------------------

/** A share root by absolute path, symlinks followed; ENOTDIR if it is no directory. */
int openRoot(const char* path);
/** A child directory as base of further calls; never follows: a symlink gives ELOOP, anything else ENOTDIR. */
int openDirectory(int dirfd, const char* name);
/** A reference to an object of any type that neither reads nor blocks (a FIFO without a peer must not hang). */
int openObject(int dirfd, const char* name);
/** Adds no-follow, close-on-exec, non-blocking and no-controlling-terminal to `flags`. */
int openFile(int dirfd, const char* name, int flags, mode_t mode);
/** A new open file description of the object behind fd; ELOOP for a symlink. */
int reopen(int fd, int flags);
/** An unnamed file that `link` can name later; EOPNOTSUPP where there is none. */
int openTemporary(int dirfd, int flags, mode_t mode);
int duplicate(int fd);
/**
 * Drops what the system folder keeps beside a descriptor (macOS: the listing of a directory, the identity of an object
 * that cannot be opened). Called just before every close of a descriptor that one of the functions above made. Linux:
 * nothing.
 */
void forget(int fd);
/** Current absolute path without NUL; ENOENT if the object has none any more, ERANGE if it does not fit. */
int pathOf(int fd, char* out, size_t capacity);
/** Raises the soft limit as far as the system lets this process; the soft limit then. */
int raiseDescriptorLimit();

// -- looking (stat.cc) -------------------------------------------------------------------------------------------------

/** Fills every byte of `out` (birth time only if it costs nothing). */
int stat(int fd, const char* target, StatRecord* out);
/** As `stat`, with the birth time if the file system has one. */
int statBirth(int fd, const char* target, StatRecord* out);
int readlink(int fd, const char* target, char* out, size_t capacity);
/** With the effective ids. mask: R=4 W=2 X=1 F=0. */
int access(int fd, const char* target, int mask);
int statfs(int fd, FuseKstatfs* out);
int fileSystemOf(int fd, FileSystemRecord* out);
/** Type and mount point of each, NUL-terminated, oldest first. Bytes, or -ERANGE if they do not fit (file_systems.cc). */
int64_t fileSystems(uint8_t* out, size_t capacity);

/**
 * Whole FuseDirent records from the position `cookie` on (0 = start); every record's `off` is the cookie that continues
 * after it. Result: bytes, 0 at the end, -EINVAL if not one record fits (directory.cc).
 */
int readDirectory(int fd, uint64_t cookie, uint8_t* out, size_t capacity);

// -- changing the tree (files.cc) --------------------------------------------------------------------------------------

/** `mode` has the type S_IFREG, S_IFIFO or S_IFSOCK, anything else was refused. Exclusive: EEXIST. */
int mknod(int dirfd, const char* name, mode_t mode);
int mkdir(int dirfd, const char* name, mode_t mode);
int symlink(const char* content, int dirfd, const char* name);
int unlink(int dirfd, const char* name);
int rmdir(int dirfd, const char* name);
/** flags: Linux renameat2 / macOS renameatx_np. */
int rename(int fromDir, const char* from, int toDir, const char* to, unsigned flags);
/** A new name for the very object behind fd, whatever its old name leads to now. */
int link(int fd, int toDir, const char* name);

// -- changing an object (attributes.cc) --------------------------------------------------------------------------------

int chmod(int fd, mode_t mode);
/** 0xffffffff leaves that id alone. */
int chown(int fd, uint32_t uid, uint32_t gid);
/** times[0] = atime, times[1] = mtime. */
int utimens(int fd, const TimeChange times[2]);
int truncate(int fd, uint64_t size);
/** Result: the new position. */
int64_t seek(int fd, int64_t offset, int whence);
/** `mode`: *Linux* FALLOC_FL_* bits (macOS emulates what it can, else EOPNOTSUPP). */
int allocate(int fd, uint64_t offset, uint64_t length, uint32_t mode);

enum class Sync { kFile, kData, kFileSystem };
/** fsync, fdatasync, syncfs; macOS: F_FULLFSYNC, F_BARRIERFSYNC, F_FULLFSYNC. */
int sync(int fd, Sync kind);

/** Bytes copied (0 = end of file), at most `length`; a clone where the system can. Offsets of the descriptors stay. */
int64_t copyRange(int in, uint64_t offsetIn, int out, uint64_t offsetOut, uint64_t length);

// -- extended attributes (xattr.cc); capacity 0 asks for the size -------------------------------------------------------

int getxattr(int fd, const char* target, const char* attribute, void* out, size_t capacity);
int setxattr(int fd, const char* target, const char* attribute, const void* value, size_t length, int flags);
int listxattr(int fd, const char* target, char* out, size_t capacity);
int removexattr(int fd, const char* target, const char* attribute);

// -- locks of an open file description (locks.cc) ------------------------------------------------------------------------

/** Rewrites `lock` with the conflicting one (pid 0 if unknown), or sets its type to kLinuxUnlock. */
int lockTest(int fd, FileLock* lock);
/** Never waits: EAGAIN on conflict. Type kLinuxUnlock releases. */
int lockSet(int fd, const FileLock& lock);
/** Waits. -EINTR whenever a signal arrived: the caller decides whether it was meant. */
int lockWait(int fd, const FileLock& lock);
/** operation: LOCK_SH=1, LOCK_EX=2, LOCK_UN=8 (the same numbers on both systems); never waits: EAGAIN on conflict. */
int flock(int fd, int operation);
/** As lockWait for flock(2). */
int flockWait(int fd, int operation);

// -- bytes (files.cc) ----------------------------------------------------------------------------------------------------

/** All of `length` unless the file ends: an error after some bytes is the result, not a short count. */
int64_t pread(int fd, void* out, size_t length, uint64_t position);
/** All of `length`, or what fitted before an error. */
int64_t pwrite(int fd, const void* in, size_t length, uint64_t position);
/**
 * Appends atomically at the end of the file as the host sees it, on a descriptor that may lack O_APPEND. Linux:
 * pwritev2(RWF_APPEND).
 */
int64_t append(int fd, const void* in, size_t length);

// -- wakers: one pollable descriptor, level-triggered until drained (waker.cc) ---------------------------------------------

int wakerCreate();
int wakerSignal(int fd);
/** 1 if it was signalled. Never blocks. */
int wakerDrain(int fd);

// -- sockets (socket.cc) ---------------------------------------------------------------------------------------------------

/** Non-blocking, close-on-exec, large buffers, no SIGPIPE (macOS: SO_NOSIGPIPE). */
int prepareStream(int socket);
/** Flags for every send(2)/sendmsg(2) on such a socket, without MSG_MORE. Linux: MSG_NOSIGNAL | MSG_DONTWAIT. */
extern const int kSendFlags;
/** kSendFlags plus "more follows at once" where the system has it. */
extern const int kSendMoreFlags;
/** A connected AF_UNIX stream pair. */
int socketPair(int out[2]);
/** Connects to a unix socket path; blocking descriptor. ENAMETOOLONG if the path does not fit sun_path. */
int connectUnix(const char* path);
/** One descriptor by SCM_RIGHTS; ENOMSG if the message carries none, ECONNRESET at end of stream. Blocks. */
int receiveDescriptor(int socket);
/** Exactly `count` (at most 4) with one message of one byte; others are closed. Same errors; 0. */
int receiveDescriptors(int socket, int* out, int count);
/** Sends them with one byte; the caller keeps its own. */
int sendDescriptors(int socket, const int* fds, int count);

// -- bulk bytes from a file to a socket without copying (splice.cc) ---------------------------------------------------------

/**
 * Moves up to `length` bytes at `position` into a staging place of the calling thread, which is empty before. Result:
 * bytes staged. Fewer than `length` means either the end of the file or that no more fit (`*full` = true). -ENOTSUP:
 * not available for this file or on this system; nothing is staged then.
 */
int64_t stageRead(int fd, uint64_t position, size_t length, bool* full);
/** Moves up to `length` staged bytes to a socket of prepareStream without waiting: bytes, or -EAGAIN, -EPIPE … */
int64_t sendStaged(int socket, size_t length);
/** Takes `length` staged bytes back into memory: bytes or -errno. */
int64_t takeStaged(void* out, size_t length);
/** Throws away what is staged. */
void dropStaged();

// -- threads ------------------------------------------------------------------------------------------------------------------

/** Names the calling thread for top and debuggers; at most 15 bytes. */
void nameThread(const char* name);
/** Gives back what only the start of the process needed (memory.cc). */
void releaseStartMemory();
/** Asks for the calling thread to run soon rather than long, as threads that answer requests do. */
void preferShortSlices();
/** Lets other threads go before the calling one where they compete, from now on. */
void lowerPriority();
/** Number of the processor the calling thread runs on, -1 where the system does not say. */
int currentProcessor();
/** Moves the calling thread to another processor than `processor`, if it may use one, without forbidding any for later. */
void leaveProcessor(int processor);

// -- the guest's side; -ENOSYS on systems that are never guests ----------------------------------------------------------------

int fuseOpen();
/** Connects to a port of another context (2 = the host), blocking descriptor; at most 2 s, then ETIMEDOUT. */
int connectVsock(uint32_t cid, uint32_t port);
/** dup3(2), close-on-exec: `onto` becomes another name of what `fd` is, which becomes non-blocking. */
int duplicateOnto(int fd, int onto);
/** pipe2(2), close-on-exec: to read, to write. */
int openPipe(int out[2]);
/** A pseudoterminal: master, slave; close-on-exec. */
int openTerminal(int rows, int columns, int out[2]);
/** TIOCSWINSZ: the programs on it get SIGWINCH. */
int setTerminalSize(int terminal, int rows, int columns);
int mount(const char* source, const char* target, const char* type, unsigned flags, const char* options);
int unmount(const char* target, int flags);
/** Shows the directory `way` (relative, "" = itself) of what is mounted at `root` at `target` as well: 0 or -errno. */
int bindDirectory(const char* root, const char* way, const char* target, bool readOnly);

}  // namespace platform
