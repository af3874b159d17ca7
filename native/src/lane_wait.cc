/** What the owner of a lane does between messages: exchange, spin, sleep. */
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <time.h>

#include "error.h"
#include "lane.h"
#include "platform.h"
#include "pool.h"
#include "spin.h"

int64_t Lane::receive(void* out, size_t capacity) {
  for (;;) {
    const ssize_t got = ::recv(socket_.get(), out, capacity, MSG_DONTWAIT);
    if (got >= 0) return got;
    if (errno != EINTR) return errno == EWOULDBLOCK ? -EAGAIN : -errno;
  }
}

bool Lane::wokenInTraffic() {
  if (++quiet_ < 64) return false;
  quiet_ = 0;
  struct pollfd waker = {waker_, POLLIN, 0};
  return ::poll(&waker, 1, 0) == 1;
}

int Lane::wait(short events) {
  quiet_ = 0;
  for (;;) {
    // Looked at anew each time: another thread may have kept a message meanwhile, and kicked.
    const short wanted = static_cast<short>(events | (kept() > 0 ? POLLOUT : 0));
    struct pollfd polled[3] = {{socket_.get(), wanted, 0}, {waker_, POLLIN, 0}, {kick_.get(), POLLIN, 0}};
    if (::poll(polled, 3, -1) < 0) {
      if (errno == EINTR) continue;
      return -errno;
    }
    if (polled[2].revents != 0) platform::wakerDrain(kick_.get());
    if (kept() > 0 && (polled[0].revents & (POLLOUT | POLLERR | POLLHUP)) != 0) {
      const int result = flush();
      // At the end of the stream there may still be something to receive.
      if (result < 0 && (events & POLLIN) == 0) return result;
    }
    if ((polled[0].revents & (events | POLLERR | POLLHUP | POLLNVAL)) != 0) return 0;
    if (polled[1].revents != 0) return kWoken;
  }
}

int Lane::waitForRoom() {
  while (congested()) {
    const int result = wait(POLLOUT);
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
    got = receive(rx, rxCapacity);
    if (got != -EAGAIN) return got;
  }
  for (;;) {
    const int result = wait(POLLIN);
    if (result != 0) return result;
    got = receive(rx, rxCapacity);
    if (got != -EAGAIN) return got;
  }
}
