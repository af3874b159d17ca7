/** What the owner of a lane does between messages: exchange, spin, sleep. */
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <time.h>

#include <algorithm>

#include "error.h"
#include "lane.h"
#include "platform.h"
#include "pool.h"
#include "spin.h"

namespace {
/** A look into shared memory costs next to nothing: several of them for one turn given to other threads. */
constexpr int kLooks = 8;
/** Exchanges that the sides are together before it is worth leaving, at most … */
constexpr int kMostPatience = 4096;
/** … and apart before leaving has helped. */
constexpr int kSettled = 256;
}  // namespace

int64_t Lane::receive(void* out, size_t capacity) {
  if (shared_ != nullptr) {
    // The end counts only once everything before it has been read.
    const bool gone = peerGone_.load();
    const int64_t got = shared_->read(out, capacity);
    return got != 0 ? got : gone ? 0 : -EAGAIN;
  }
  for (;;) {
    const ssize_t got = ::recv(socket_.get(), out, capacity, MSG_DONTWAIT);
    if (got >= 0) return got;
    if (errno != EINTR) return errno == EWOULDBLOCK ? -EAGAIN : -errno;
  }
}

bool Lane::signalled() const {
  struct pollfd waker = {waker_, POLLIN, 0};
  return ::poll(&waker, 1, 0) == 1;
}

bool Lane::wokenInTraffic() {
  if (++quiet_ < 64) return false;
  quiet_ = 0;
  return signalled();
}

bool Lane::hasMore() {
  if (shared_ != nullptr) {
    const uint8_t* bytes;
    return shared_->peek(&bytes) != 0;
  }
  struct pollfd more = {socket_.get(), POLLIN, 0};
  return ::poll(&more, 1, 0) == 1;
}

int Lane::wait(short events) {
  quiet_ = 0;
  for (;;) {
    struct pollfd polled[kPolled + 1];
    polled[kPolled] = {waker_, POLLIN, 0};
    if (arm(polled, events)) {
      if (::poll(polled, kPolled + 1, -1) < 0 && errno != EINTR) {
        const int failure = -errno;
        disarm(polled, events);
        return failure;
      }
    }
    if (disarm(polled, events)) return 0;
    if (polled[kPolled].revents != 0) return kWoken;
  }
}

int Lane::waitForRelief() {
  struct pollfd polled[2] = {{waker_, POLLIN, 0}, {relief_.get(), POLLIN, 0}};
  if (::poll(polled, 2, -1) < 0 && errno != EINTR) return -errno;
  if (polled[1].revents != 0) {
    platform::wakerDrain(relief_.get());
    return 0;
  }
  return polled[0].revents != 0 ? kWoken : 0;
}

int Lane::beginPump() {
  if (shared_ != nullptr && shared_->ringBytes() < limit_) return -EINVAL;
  if (!relief_.valid()) {
    const int relief = platform::wakerCreate();
    if (relief < 0) return relief;
    relief_ = Descriptor(relief);
  }
  return pumped_.exchange(true) ? -EBUSY : 0;
}

void Lane::endPump() {
  pumped_.store(false);
  // Who waits has to look after it alone from now on.
  platform::wakerSignal(relief_.get());
}

int Lane::waitForRoom() {
  while (congested()) {
    const int result = pumped_.load() ? waitForRelief() : wait(POLLOUT);
    if (result != 0) return result;
    const int sent = flush();
    if (sent < 0) return sent;
  }
  return 0;
}

int Lane::waitUntilIdle() {
  while (queued.load() + running.load() > 0) {
    struct pollfd polled[2] = {{waker_, POLLIN, 0}, {kick_.get(), POLLIN, 0}};
    if (::poll(polled, 2, -1) < 0 && errno != EINTR) return -errno;
    if (polled[1].revents != 0) platform::wakerDrain(kick_.get());
    else if (polled[0].revents != 0) return kWoken;
  }
  return 0;
}

/**
 * Both sides of a lane in shared memory spin while messages follow each other. On one processor each has to give way before
 * the other can go on, which costs more than the message (measured on two processors, fstat through FUSE: 10.5 us
 * apart, 15.5 to 30 us together; the system's scheduler leaves them together most of the time).
 */
void Lane::standApart() {
  // Away from the other side it would meet whoever is busy there.
  if (shared_ == nullptr || Spin::crowded()) return;
  const int here = platform::currentProcessor();
  if (here < 0 || shared_->peerProcessor() != here) {
    together_ = 0;
    if (patience_ > kTogether && ++apart_ >= kSettled) patience_ = kTogether;
  } else if (++together_ >= patience_) {
    together_ = apart_ = 0;
    // Where the two are put together again and again (there is one processor, or others need the rest), it is not for us.
    patience_ = std::min(2 * patience_, kMostPatience);
    platform::leaveProcessor(here);
  }
}

int64_t Lane::exchange(const void* tx, size_t txLength, void* rx, size_t rxCapacity, int spinMicroseconds) {
  if (txLength > 0) {
    const struct iovec part = {const_cast<void*>(tx), txLength};
    const int result = send(&part, 1);
    if (result < 0) return result;
  } else if (kept() > 0) {
    // Under traffic that never pauses `wait`, which does this too, is never reached.
    const int result = flush();
    if (result < 0 && rxCapacity == 0) return result;
  }
  const int room = waitForRoom();
  if (room != 0 || rxCapacity == 0) return room;
  if (wokenInTraffic()) return kWoken;
  int64_t got = receive(rx, rxCapacity);
  if (got != -EAGAIN) return got;
  for (Spin spin(spinMicroseconds); spin.more();) {
    for (int look = shared_ != nullptr ? 0 : kLooks - 1; look < kLooks && got == -EAGAIN; look++) {
      spinPause();
      got = receive(rx, rxCapacity);
    }
    if (got != -EAGAIN) {
      standApart();
      return got;
    }
  }
  for (;;) {
    const int result = wait(POLLIN);
    if (result != 0) return result;
    got = receive(rx, rxCapacity);
    if (got != -EAGAIN) return got;
  }
}
