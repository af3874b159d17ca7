/**
 * A working directory for the calling thread alone, for the calls that take a path and have no …at twin: extended
 * attributes, bind(2), mkfifo(2) before macOS 13. Exact where building a path from F_GETPATH would not be: the directory
 * may be renamed meanwhile.
 */
#pragma once

#include <errno.h>
#include <fcntl.h>

// In libSystem since Mac OS X 10.5, in no public header. -1 gives the thread the process's directory back.
extern "C" int pthread_fchdir_np(int fd);

namespace platform {

class WorkingDirectory {
 public:
  /** AT_FDCWD: nothing is changed (the path is absolute). */
  explicit WorkingDirectory(int dirfd) {
    if (dirfd == AT_FDCWD) return;
    // -1 means something else to the call below than to everybody else.
    if (dirfd < 0) {
      error_ = -EBADF;
      return;
    }
    entered_ = pthread_fchdir_np(dirfd) == 0;
    if (!entered_) error_ = -errno;
  }
  ~WorkingDirectory() {
    if (!entered_) return;
    // Between a failing call and its `-errno`.
    const int kept = errno;
    pthread_fchdir_np(-1);
    errno = kept;
  }
  WorkingDirectory(const WorkingDirectory&) = delete;
  WorkingDirectory& operator=(const WorkingDirectory&) = delete;

  /** 0 or -errno. */
  int error() const { return error_; }

 private:
  bool entered_ = false;
  int error_ = 0;
};

}  // namespace platform
