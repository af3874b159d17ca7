#include "notifier.h"

#include <errno.h>
#include <unistd.h>

#include "platform.h"
#include "thread.h"

namespace {
constexpr size_t kMostWaiting = 4096;
}  // namespace

int Notifier::start() {
  // The thread holds the notifier itself: it may be the last who does.
  auto* const own = new std::shared_ptr<Notifier>(shared_from_this());
  pthread_t thread;
  if (startThread(&thread, run, own, true)) return 0;
  delete own;
  return -EAGAIN;
}

int Notifier::push(const uint8_t* message, size_t length) {
  std::lock_guard<std::mutex> held(mutex_);
  if (stopping_) return -EPIPE;
  if (queue_.size() >= kMostWaiting) return -EAGAIN;
  queue_.emplace_back(message, message + length);
  changed_.notify_one();
  return 0;
}

void Notifier::stop() {
  std::lock_guard<std::mutex> held(mutex_);
  stopping_ = true;
  queue_.clear();
  changed_.notify_one();
}

void Notifier::abandon() {
  stop();
  Registry<Notifier>::all().remove(this);
}

Notifier::Counts Notifier::counts() {
  std::lock_guard<std::mutex> held(mutex_);
  return {written_, failed_, static_cast<uint32_t>(queue_.size())};
}

void* Notifier::run(void* argument) {
  platform::nameThread("osmofs-notify");
  auto* const own = static_cast<std::shared_ptr<Notifier>*>(argument);
  (*own)->work();
  delete own;
  return nullptr;
}

void Notifier::work() {
  std::unique_lock<std::mutex> held(mutex_);
  for (;;) {
    changed_.wait(held, [&] { return stopping_ || !queue_.empty(); });
    if (stopping_) return;
    // Left in the queue while it is being written: `waiting` 0 means that the kernel has seen everything.
    const std::vector<uint8_t> message = std::move(queue_.front());
    held.unlock();
    ssize_t put;
    do put = ::write(fuse_.get(), message.data(), message.size());
    while (put < 0 && errno == EINTR);
    // ENOENT, the common failure: the kernel does not know the inode or name (any more), so nothing was to be done.
    held.lock();
    (put < 0 ? failed_ : written_)++;
    if (!queue_.empty()) queue_.pop_front();
  }
}
