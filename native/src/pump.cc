#include "pump.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include <cstring>

#include "error.h"
#include "platform.h"
#include "thread.h"

Pump::Pump(std::shared_ptr<Lane> lane, int fuse, int waker, Descriptor stop)
    : lane_(std::move(lane)), fuse_(fuse), waker_(waker), stop_(std::move(stop)) {}

Pump::~Pump() { stop(); }

int Pump::start() {
  started_ = startThread(&thread_, run, this, false);
  return started_ ? 0 : -EAGAIN;
}

void Pump::stop() {
  if (!started_) return;
  platform::wakerSignal(stop_.get());
  pthread_join(thread_, nullptr);
  started_ = false;
}

void Pump::abandon() {
  stop();
  Registry<Pump>::all().remove(this);
}

void* Pump::run(void* argument) {
  platform::nameThread("osmofs-pump");
  Pump& pump = *static_cast<Pump*>(argument);
  pump.status_.store(pump.copy());
  // Told to stop, nobody needs to be told that it stopped.
  if (pump.status_.load() != -ECANCELED) platform::wakerSignal(pump.waker_);
  return nullptr;
}

/** Sleeps until the lane has bytes: 0, or why to end. */
int Pump::wait() {
  for (;;) {
    const short events = static_cast<short>(POLLIN | (lane_->kept() > 0 ? POLLOUT : 0));
    struct pollfd polled[3] = {{lane_->socket(), events, 0}, {stop_.get(), POLLIN, 0}, {lane_->kick(), POLLIN, 0}};
    if (::poll(polled, 3, -1) < 0) {
      if (errno == EINTR) continue;
      return -errno;
    }
    if (polled[1].revents != 0) return -ECANCELED;
    if (polled[2].revents != 0) platform::wakerDrain(lane_->kick());
    if (lane_->kept() > 0) lane_->flush();
    if ((polled[0].revents & ~POLLOUT) != 0) return 0;
  }
}

/** One reply to the kernel: 0, or why to end. */
int Pump::deliver(const uint8_t* message, size_t length) {
  for (;;) {
    if (::write(fuse_, message, length) >= 0) return 0;
    if (errno == EINTR) continue;
    // The request was interrupted and answered otherwise meanwhile: nobody waits for this reply any more.
    return errno == ENOENT ? 0 : -errno;
  }
}

int Pump::copy() {
  const size_t limit = lane_->limit();
  uint8_t* const buffer = threadScratch(2 * limit);
  if (buffer == nullptr) return -ENOMEM;
  size_t begin = 0, end = 0;
  for (;;) {
    // The rest of a message that has begun, and whatever follows as long as that never has to be moved far.
    size_t wanted = limit;
    while (end - begin >= sizeof(ReplyHeader)) {
      ReplyHeader header;
      std::memcpy(&header, buffer + begin, sizeof header);
      // A notification (unique 0) can block on what a reply of this very lane would release: not this thread's work.
      if (header.len < sizeof header || header.len > limit || header.unique == 0) return kBadFrame;
      if (end - begin < header.len) {
        wanted = header.len - (end - begin);
        break;
      }
      const int result = deliver(buffer + begin, header.len);
      if (result < 0) return result;
      begin += header.len;
    }
    if (begin == end) begin = end = 0;
    if (end + wanted > 2 * limit) {
      std::memmove(buffer, buffer + begin, end - begin);
      end -= begin;
      begin = 0;
    }
    const int64_t got = lane_->receive(buffer + end, wanted);
    if (got > 0) {
      end += static_cast<size_t>(got);
    } else if (got == -EAGAIN) {
      const int result = wait();
      if (result < 0) return result;
    } else {
      return got == 0 ? -ECONNRESET : static_cast<int>(got);
    }
  }
}
