#include "pump.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <cstring>

#include "error.h"
#include "platform.h"
#include "thread.h"

namespace {

/** What a reply to bytes that are written into a page cache takes, microseconds. */
constexpr int kSettleSpin = 100;
/** More are never under way. */
constexpr size_t kMostFailures = 256;

}  // namespace

Pump::Pump(std::shared_ptr<Lane> lane, int fuse, int waker, Descriptor stop)
    : lane_(std::move(lane)), fuse_(fuse), waker_(waker), stop_(std::move(stop)) {}

Pump::~Pump() { stop(); }

int Pump::start() {
  const int begun = lane_->beginPump();
  if (begun < 0) return begun;
  started_ = startThread(&thread_, run, this, false);
  if (started_) return 0;
  lane_->endPump();
  return -EAGAIN;
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
  standBack();
  Pump& pump = *static_cast<Pump*>(argument);
  const int status = pump.copy();
  {
    std::lock_guard<std::mutex> held(pump.own_);
    pump.status_.store(status);
  }
  pump.came_.notify_all();
  pump.lane_->endPump();
  // Told to stop, nobody needs to be told that it stopped.
  if (pump.status_.load() != -ECANCELED) platform::wakerSignal(pump.waker_);
  return nullptr;
}

/** Looks for a moment, in shared memory, whether there is more than `seen` bytes. */
bool Pump::spin(size_t seen) {
  SharedStream& stream = *lane_->shared();
  const auto came = [&] {
    const uint8_t* bytes;
    const int64_t available = stream.peek(&bytes);
    return available < 0 || available > static_cast<int64_t>(seen);
  };
  for (Spin spin(habit_.begin()); spin.more();) {
    for (int look = 0; look < 8; look++) {
      if (came()) return true;
      spinPause();
    }
  }
  return false;
}

/** Sleeps until the lane has more than the `seen` bytes of a message that has begun: 0, or why to end. */
int Pump::waitForMore(size_t seen) {
  if (lane_->isShared() && spin(seen)) {
    habit_.found();
    return 0;
  }
  for (;;) {
    struct pollfd polled[Lane::kPolled + 1];
    polled[Lane::kPolled] = {stop_.get(), POLLIN, 0};
    int failure = 0;
    if (lane_->arm(polled, POLLIN, seen) && ::poll(polled, Lane::kPolled + 1, -1) < 0 && errno != EINTR) failure = -errno;
    const bool lively = lane_->disarm(polled, POLLIN, seen);
    if (failure != 0) return failure;
    if (polled[Lane::kPolled].revents != 0) return -ECANCELED;
    if (lively) {
      habit_.found();
      return 0;
    }
  }
}

/**
 * Under traffic that never pauses `waitForMore` is not reached: what it does besides waiting, in between. False once the
 * pump has been told to stop.
 */
bool Pump::goOn() {
  if (lane_->kept() > 0) lane_->flush();
  if (++delivered_ % 64 != 0) return true;
  struct pollfd stop = {stop_.get(), POLLIN, 0};
  return ::poll(&stop, 1, 0) == 0;
}

/** A reply that nobody in the kernel waits for. */
void Pump::keep(const ReplyHeader& header) {
  {
    std::lock_guard<std::mutex> held(own_);
    if (header.error != 0 && failures_.size() < kMostFailures) failures_.push_back({header.unique, header.error});
    answered_.fetch_add(1);
  }
  came_.notify_all();
}

uint32_t Pump::settle(uint32_t count, int milliseconds) {
  const auto done = [&] { return static_cast<int32_t>(answered_.load() - count) >= 0 || status_.load() != 0; };
  for (Spin spin(kSettleSpin); !done() && spin.more();) spinPause();
  std::unique_lock<std::mutex> held(own_);
  came_.wait_for(held, std::chrono::milliseconds(milliseconds), done);
  return answered_.load();
}

bool Pump::takeFailure(Failure* out) {
  std::lock_guard<std::mutex> held(own_);
  if (failures_.empty()) return false;
  *out = failures_.front();
  failures_.pop_front();
  return true;
}

/** One reply to the kernel: 0, or why to end. */
int Pump::deliver(const ReplyHeader& header, const uint8_t* message) {
  if ((header.unique & kOwn) != 0) {
    keep(header);
    return 0;
  }
  for (;;) {
    if (::write(fuse_, message, header.len) >= 0) return 0;
    if (errno == EINTR) continue;
    // The request was interrupted and answered otherwise meanwhile: nobody waits for this reply any more.
    return errno == ENOENT ? 0 : -errno;
  }
}

/** From the ring itself to the kernel. */
int Pump::copyShared() {
  const size_t limit = lane_->limit();
  SharedStream& stream = *lane_->shared();
  for (;;) {
    // Asked first: what was written before the end has still to be delivered.
    const bool ended = lane_->ended();
    const uint8_t* bytes;
    const int64_t available = stream.peek(&bytes);
    if (available < 0) return static_cast<int>(available);
    ReplyHeader header{};
    if (available >= static_cast<int64_t>(sizeof header)) {
      std::memcpy(&header, bytes, sizeof header);
      if (header.len < sizeof header || header.len > limit || header.unique == 0) return kBadFrame;
    }
    if (header.len > 0 && available >= header.len) {
      const int result = deliver(header, bytes);
      if (result < 0) return result;
      stream.consume(header.len);
      if (!goOn()) return -ECANCELED;
      continue;
    }
    if (ended) return -ECONNRESET;
    const int result = waitForMore(static_cast<size_t>(available));
    if (result < 0) return result;
  }
}

int Pump::copy() {
  if (lane_->isShared()) return copyShared();
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
      const int result = deliver(header, buffer + begin);
      if (result < 0) return result;
      begin += header.len;
      if (!goOn()) return -ECANCELED;
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
      const int result = waitForMore(0);
      if (result < 0) return result;
    } else {
      return got == 0 ? -ECONNRESET : static_cast<int>(got);
    }
  }
}
