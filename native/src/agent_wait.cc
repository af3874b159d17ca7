#include "agent_wait.h"

#include <errno.h>
#include <poll.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cstring>

#include "error.h"
#include "spin.h"

namespace {

/** struct fuse_in_header's first words. */
struct RequestHeader {
  uint32_t len, opcode;
};

constexpr uint32_t kWrite = 16;  // FUSE_WRITE
/** struct fuse_in_header and struct fuse_write_in */
constexpr size_t kWriteHeaders = 40 + 40;

/** How long to sleep, for poll(2). */
class Patience {
 public:
  explicit Patience(int milliseconds) : until_(milliseconds < 0 ? -1 : monotonicNanoseconds() + milliseconds * 1000000ll) {}
  bool over() const { return until_ >= 0 && monotonicNanoseconds() >= until_; }
  /** Rounded up, or the last part of a millisecond would be spent awake. */
  int left() const {
    if (until_ < 0) return -1;
    const int64_t left = until_ - monotonicNanoseconds();
    return left <= 0 ? 0 : static_cast<int>((left + 999999) / 1000000);
  }

 private:
  int64_t until_;
};

/** One request of the kernel: its length, -EAGAIN if there is none, -errno (ENODEV: unmounted). */
int64_t readInto(int fuse, const struct iovec* parts, int count) {
  for (;;) {
    const ssize_t got = ::readv(fuse, parts, count);
    if (got >= 0) return got;
    // ENOENT: the request was interrupted while it was being handed over; the next one may be there.
    if (errno != EINTR && errno != ENOENT) return -errno;
  }
}

}  // namespace

/**
 * Requests are not taken on while a message's worth of earlier ones waits for the lane: the kernel is the better
 * queue, since a request there can still be interrupted without a trace.
 */
bool AgentWait::asksFuse() const { return fuseRoom_.size > 0 && lane_.kept() < lane_.limit(); }

/**
 * Everything behind the arguments of a WRITE is read to where the daemon will find it: the largest messages are copied once
 * less. What turns out to be another request is moved to its place, and that is little of it.
 */
int64_t AgentWait::readRequest() {
  Lane::Direct direct;
  if (bulk_.lane != nullptr && fuseRoom_.size > kWriteHeaders) direct = bulk_.lane->beginDirect(fuseRoom_.size);
  if (direct.bytes == nullptr) {
    const struct iovec whole = {fuseRoom_.bytes, fuseRoom_.size};
    return readInto(fuse_, &whole, 1);
  }
  const struct iovec parts[2] = {{fuseRoom_.bytes, kWriteHeaders},
                                 {direct.bytes + kWriteHeaders, fuseRoom_.size - kWriteHeaders}};
  const int64_t got = readInto(fuse_, parts, 2);
  if (got <= static_cast<int64_t>(kWriteHeaders)) return got;
  const size_t length = static_cast<size_t>(got);
  RequestHeader header;
  std::memcpy(&header, fuseRoom_.bytes, sizeof header);
  if (header.opcode != kWrite || header.len != length || length < kWriteHeaders + bulk_.least) {
    std::memcpy(fuseRoom_.bytes + kWriteHeaders, direct.bytes + kWriteHeaders, length - kWriteHeaders);
    return got;
  }
  std::memcpy(direct.bytes, fuseRoom_.bytes, kWriteHeaders);
  direct.send(length);
  bulkResult = got;
  return -EAGAIN;
}

bool AgentWait::look() {
  // Replies that keep coming must not keep what is to be sent from leaving: `sleep` may not be reached for long.
  if (lane_.kept() > 0) lane_.flush();
  if (laneRoom_.size > 0 && laneReady_) {
    const int64_t got = lane_.receive(laneRoom_.bytes, laneRoom_.size);
    if (got != -EAGAIN) laneResult = got == 0 ? -ECONNRESET : got;
  }
  if (fuseReady_ && asksFuse()) {
    const int64_t got = readRequest();
    if (got != -EAGAIN) fuseResult = got;
  }
  return fuseResult != 0 || laneResult != 0 || bulkResult != 0;
}

/** As `look`, for a spinning thread: asking /dev/fuse is a system call, looking into shared memory is not. */
bool AgentWait::lookOften() {
  if (laneRoom_.size > 0) {
    for (int times = 0; times < 8; times++) {
      const uint8_t* bytes;
      if (lane_.shared()->peek(&bytes) != 0) break;
      spinPause();
    }
  }
  return look();
}

/** 0 if it is worth looking again, kWoken, or -errno; the timeout is poll(2)'s. */
int AgentWait::sleep(int timeout) {
  const short events = laneRoom_.size > 0 ? POLLIN : 0;
  constexpr int kLane = Lane::kPolled;
  struct pollfd polled[kLane + 2];
  polled[kLane] = {lane_.waker(), POLLIN, 0};
  // A side that is not asked is not polled either: its end would be reported again and again.
  polled[kLane + 1] = {asksFuse() ? fuse_ : -1, POLLIN, 0};
  int failure = 0;
  if (lane_.arm(polled, events)) {
    if (events == 0 && lane_.kept() == 0 && !lane_.isShared()) polled[0].fd = -1;
    if (::poll(polled, kLane + 2, timeout) < 0) {
      if (errno != EINTR) failure = -errno;
      for (struct pollfd& one : polled) one.revents = 0;
    }
  }
  const bool lively = lane_.disarm(polled, events);
  if (failure != 0) return failure;
  if (!lane_.isShared()) {
    laneReady_ = lively;
    fuseReady_ = polled[kLane + 1].revents != 0;
  }
  if (!lively && polled[kLane + 1].revents == 0 && polled[kLane].revents != 0) return kWoken;
  return 0;
}

int AgentWait::run(int spinMicroseconds, int milliseconds) {
  return lane_.isShared() ? runShared(spinMicroseconds, milliseconds) : runSocket(spinMicroseconds, milliseconds);
}

int AgentWait::runShared(int spinMicroseconds, int milliseconds) {
  bool found = look();
  for (Spin spin(spinMicroseconds); !found && spin.more();) found = lookOften();
  for (Patience patience(milliseconds); !found && !patience.over();) {
    const int result = sleep(patience.left());
    if (result != 0) return result;
    found = look();
  }
  return 0;
}

/**
 * On a socket both sides are asked by a system call, and most of the time in vain. One poll(2) asks them at once, and what it
 * names is there: of the thirteen calls of a lone request's way there and back six are left.
 */
int AgentWait::runSocket(int spinMicroseconds, int milliseconds) {
  const auto wait = [this](int timeout) {
    const int result = sleep(timeout);
    return result != 0 ? result : look() ? 1 : 0;
  };
  int result = 0;
  if (spinMicroseconds > 0) {
    result = wait(0);
    for (Spin spin(spinMicroseconds); result == 0 && spin.more();) result = wait(0);
  }
  for (Patience patience(milliseconds); result == 0 && !patience.over();) result = wait(patience.left());
  return result == 1 ? 0 : result;
}
