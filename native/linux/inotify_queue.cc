#include "inotify_queue.h"

#include <errno.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>

#include "platform.h"
#include "retry.h"
#include "thread.h"

namespace {

/**
 * After it has read the thread lets the instance alone for so long: what comes in a crowd wakes it a thousand times a second at
 * most, and not for each event. An owner that drains after each of its own operations mostly comes first then, and neither of
 * them is woken. Measured, 20,000 operations each followed by a drain: 35 to 130 signals and 10 us a round; without the pause
 * up to 14,900 and 13 us. The kernel's queue holds 16,384 events unless somebody has made it shorter: no machine fills that in
 * a millisecond.
 */
constexpr int kPaceMilliseconds = 1;

/** What the overflow record counts for in `due_`. */
constexpr size_t kOverflowRecord = 16;

}  // namespace

InotifyQueue::InotifyQueue(Descriptor inotify, Descriptor waker, Descriptor stop, size_t limit)
    : inotify_(std::move(inotify)),
      waker_(std::move(waker)),
      stop_(std::move(stop)),
      buffer_(limit),
      foreign_(limit) {}

InotifyQueue::~InotifyQueue() { stop(); }

int InotifyQueue::start() {
  if (!buffer_.prepare()) return -ENOMEM;
  started_ = startThread(&thread_, run, this, false);
  return started_ ? 0 : -EAGAIN;
}

void InotifyQueue::stop() {
  if (!started_) return;
  platform::wakerSignal(stop_.get());
  pthread_join(thread_, nullptr);
  started_ = false;
}

void InotifyQueue::abandon() {
  stop();
  Registry<InotifyQueue>::all().remove(this);
}

void* InotifyQueue::run(void* argument) {
  platform::nameThread("osmofs-inotify");
  // The longer it waits for its turn beside those who change files, the nearer is the end of the kernel's queue: of 40 times
  // 200,000 events beside eight busy programs on two processors that ran over 12 times without this, 3 times with it.
  platform::preferShortSlices();
  static_cast<InotifyQueue*>(argument)->work();
  return nullptr;
}

void InotifyQueue::work() {
  struct pollfd all[3] = {{stop_.get(), POLLIN, 0}, {inotify_.get(), POLLIN, 0}, {foreign_.descriptor(), POLLIN, 0}};
  do {
    platform::retry([&] { return ::poll(all, 3, -1); });
    if (all[0].revents != 0 || !takeOver()) return;
  } while (::poll(all, 1, kPaceMilliseconds) <= 0);
}

/** False if there is nothing more to come. */
bool InotifyQueue::takeOver() {
  bool wanted, failed;
  {
    std::lock_guard<std::mutex> held(mutex_);
    const bool empty = buffer_.held() == 0, none = foreign_.buffer().held() == 0;
    fill();
    failed = failure_ != 0;
    // Whoever has not taken what there was knows already that there is something.
    wanted = failed || (empty && buffer_.held() > 0) || (none && foreign_.buffer().held() > 0);
    if (wanted) signals_++;
  }
  // Not under the lock, which is what the owner asks for as soon as it is awake.
  if (wanted) platform::wakerSignal(waker_.get());
  return !failed;
}

/** Moves to the buffer what the kernel has. */
void InotifyQueue::fill() {
  const uint32_t losses = buffer_.losses();
  read();
  // Afterwards: of what inotify has told the other half is here, or comes in a moment.
  if (failure_ == 0) failure_ = foreign_.read();
  // The rest of a drain was among it; in its place that is said.
  if (due_ > 0 && buffer_.losses() != losses) due_ = kOverflowRecord;
}

/** Stops at what came after it began, so that others who change files without a pause cannot keep it. */
void InotifyQueue::read() {
  int64_t left = -1;
  while (failure_ == 0) {
    const EventBuffer::Space space = buffer_.space();
    const int64_t got = platform::retry([&] { return ::read(inotify_.get(), space.to, space.room); });
    if (got == -EAGAIN) return;
    if (got < 0) {
      failure_ = static_cast<int>(got);
      return;
    }
    buffer_.add(static_cast<size_t>(got));
    // Another record would have fitted, so there was none.
    if (static_cast<size_t>(got) + kLargestRecord <= space.room) return;
    if (left < 0) {
      int queued = 0;
      ::ioctl(inotify_.get(), FIONREAD, &queued);
      left = queued;
    } else {
      left -= got;
    }
    if (left <= 0) return;
  }
}

int64_t InotifyQueue::drain(uint8_t* out, size_t capacity, bool fresh) {
  if (capacity < kLargestRecord) return -EINVAL;
  std::lock_guard<std::mutex> held(mutex_);
  if (fresh) {
    due_ = 0;
    fill();
    // An event that comes later must not vanish in one of this drain, which its owner may take for the trace of its own doing.
    buffer_.seal();
    foreign_.buffer().seal();
    due_ = buffer_.held();
    foreignDue_ = foreign_.buffer().held();
  }
  if (due_ == 0) return failure_;
  const size_t taken = buffer_.take(out, std::min(capacity, due_));
  due_ -= taken;
  return static_cast<int64_t>(taken);
}

int InotifyQueue::mark(int fd, int32_t key) {
  std::lock_guard<std::mutex> held(mutex_);
  return foreign_.mark(fd, key);
}

void InotifyQueue::unmark(int32_t key) {
  std::lock_guard<std::mutex> held(mutex_);
  foreign_.unmark(key);
}

int64_t InotifyQueue::drainForeign(uint8_t* out, size_t capacity) {
  if (capacity < kLargestRecord) return -EINVAL;
  std::lock_guard<std::mutex> held(mutex_);
  // A loss may have taken what was due.
  foreignDue_ = std::min(foreignDue_, foreign_.buffer().held());
  if (foreignDue_ == 0) return 0;
  const size_t taken = foreign_.buffer().take(out, std::min(capacity, foreignDue_));
  foreignDue_ -= taken;
  return static_cast<int64_t>(taken);
}

InotifyQueue::Statistics InotifyQueue::statistics() {
  std::lock_guard<std::mutex> held(mutex_);
  return {buffer_.events(), buffer_.merged(), buffer_.dropped(),
          buffer_.losses(), signals_,         static_cast<uint32_t>(buffer_.held()),
          static_cast<uint32_t>(buffer_.mapped())};
}
