/** Going to sleep on a lane, alone or together with other descriptors, without missing what comes in that moment. */
#include "lane.h"
#include "platform.h"

namespace {
constexpr short kEnded = POLLERR | POLLHUP | POLLNVAL;
}

bool Lane::arm(struct pollfd polled[kPolled], short events, size_t seen) {
  polled[1] = {kick_.get(), POLLIN, 0};
  if (shared_ == nullptr) {
    // Looked at anew each time: another thread may have kept a message meanwhile, and kicked.
    const short wanted = static_cast<short>(events | (kept() > 0 ? POLLOUT : 0));
    polled[0] = {socket_.get(), wanted, 0};
    polled[2] = {-1, 0, 0};
    return true;
  }
  // What has ended would be reported again and again. It may have been another thread that noticed.
  const bool gone = peerGone_.load();
  polled[0] = {gone ? -1 : socket_.get(), POLLIN, 0};
  polled[2] = {gone ? -1 : shared_->bell(), POLLIN, 0};
  bool awake = gone && events != 0;
  if ((events & POLLIN) != 0) awake = shared_->fallAsleep(seen) || awake;
  if (kept() > 0) {
    std::lock_guard<std::mutex> held(sending_);
    awake = shared_->starve() || awake;
  }
  return !awake;
}

bool Lane::disarm(const struct pollfd polled[kPolled], short events, size_t seen) {
  if (polled[1].revents != 0) platform::wakerDrain(kick_.get());
  if (shared_ == nullptr) {
    if (kept() > 0 && (polled[0].revents & (POLLOUT | kEnded)) != 0) {
      const int result = flush();
      // At the end of the stream there may still be something to receive.
      if (result < 0 && (events & POLLIN) == 0) return true;
    }
    return (polled[0].revents & (events | kEnded)) != 0;
  }
  if ((events & POLLIN) != 0) shared_->wakeUp();
  // Nothing ever comes over the socket but its end; bytes would be no better.
  if (polled[0].revents != 0 || (polled[2].revents != 0 && !shared_->silence())) peerGone_.store(true);
  const bool broken = kept() > 0 && flush() < 0;
  if (broken || (peerGone_.load() && events != 0)) return true;
  if ((events & POLLOUT) != 0 && !congested()) return true;
  // Bytes that nobody asked for are no reason to stay awake.
  if ((events & POLLIN) == 0) return false;
  const uint8_t* bytes;
  const int64_t available = shared_->peek(&bytes);
  return available < 0 || available > static_cast<int64_t>(seen);
}
