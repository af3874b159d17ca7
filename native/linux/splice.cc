/**
 * splice(2) from a file through a pipe to a socket: the pages of the page cache travel, not their bytes. One pipe per
 * thread, made on first use.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "platform.h"
#include "retry.h"

namespace platform {

namespace {

/** As large as a process without CAP_SYS_RESOURCE may have it by default (/proc/sys/fs/pipe-max-size): 256 pages. */
constexpr int kPipeBytes = 1 << 20;

struct Pipe {
  int in = -1, out = -1;

  bool open() {
    if (in >= 0) return true;
    int both[2];
    if (pipe2(both, O_CLOEXEC | O_NONBLOCK) != 0) return false;
    out = both[0];
    in = both[1];
    // A smaller pipe only means that more of a message is copied.
    fcntl(in, F_SETPIPE_SZ, kPipeBytes);
    return true;
  }
  void close() {
    if (in < 0) return;
    ::close(in);
    ::close(out);
    in = out = -1;
  }
  ~Pipe() { close(); }
};

thread_local Pipe staging;

}  // namespace

int64_t stageRead(int fd, uint64_t position, size_t length, bool* full) {
  *full = false;
  if (!staging.open()) return -ENOTSUP;
  off_t offset = static_cast<off_t>(position);
  size_t staged = 0;
  while (staged < length) {
    const int64_t moved = retry(
        [&] { return ::splice(fd, &offset, staging.in, nullptr, length - staged, SPLICE_F_MOVE | SPLICE_F_NONBLOCK); });
    if (moved > 0) {
      staged += static_cast<size_t>(moved);
      continue;
    }
    if (moved == 0) break;
    if (moved == -EAGAIN) {
      *full = true;
      break;
    }
    if (staged > 0) dropStaged();
    return moved == -EINVAL || moved == -ENOSYS ? -ENOTSUP : moved;
  }
  return static_cast<int64_t>(staged);
}

int64_t sendStaged(int socket, size_t length) {
  return retry([&] { return ::splice(staging.out, nullptr, socket, nullptr, length, SPLICE_F_MOVE | SPLICE_F_NONBLOCK); });
}

int64_t takeStaged(void* out, size_t length) {
  size_t taken = 0;
  while (taken < length) {
    const int64_t got = retry([&] { return ::read(staging.out, static_cast<char*>(out) + taken, length - taken); });
    if (got < 0) return got;
    if (got == 0) break;
    taken += static_cast<size_t>(got);
  }
  return static_cast<int64_t>(taken);
}

// What is in a pipe cannot be thrown away without reading it; a new one comes with the next use.
void dropStaged() { staging.close(); }

}  // namespace platform
