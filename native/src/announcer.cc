#include "announcer.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include <cstring>

#include "error.h"
#include "platform.h"
#include "thread.h"

namespace {

/** ANNOUNCEMENTS of protocol/announce.ts. */
constexpr size_t kMostUnderWay = 1024;
constexpr uint32_t kAnnounced = 0x4f41;

/** struct fuse_in_header and struct announced_in. */
struct Announced {
  uint32_t len, opcode;
  uint64_t unique, nodeid;
  uint32_t uid, gid, pid, padding;
  uint64_t seq;
  int32_t error;
  uint32_t padding2;
};
static_assert(sizeof(Announced) == 56);

}  // namespace

int Announcer::start() {
  // The thread holds the announcer itself: it may be the last who does.
  auto* const own = new std::shared_ptr<Announcer>(shared_from_this());
  pthread_t thread;
  if (startThread(&thread, run, own, true)) return 0;
  delete own;
  return -EAGAIN;
}

int Announcer::push(const uint8_t* message, size_t length) {
  Announcement announcement;
  if (!parseAnnouncement(message, length, &announcement)) return kBadAnnouncement;
  if (lane_ == nullptr && announcement.kind != Announcement::Kind::kNotification) return kBadAnnouncement;
  std::lock_guard<std::mutex> held(mutex_);
  if (stopping_) return -EPIPE;
  if (queue_.size() + (underWay_ ? 1 : 0) >= kMostUnderWay) return kTooManyAnnouncements;
  queue_.push_back(std::move(announcement));
  if (asleep_) platform::wakerSignal(waker_.get());
  return 0;
}

int Announcer::open(const char* point) {
  auto injector = std::make_shared<Injector>();
  const int started = injector->start();
  if (started < 0) return started;
  const int opened = injector->open(point);
  if (opened < 0) {
    injector->stop();
    return opened;
  }
  std::lock_guard<std::mutex> held(mutex_);
  if (stopping_ || injector_ != nullptr) {
    injector->stop();
    return stopping_ ? -EPIPE : -EEXIST;
  }
  injector_ = std::move(injector);
  return 0;
}

std::shared_ptr<Injector> Announcer::injecting() {
  std::lock_guard<std::mutex> held(mutex_);
  return injector_;
}

int Announcer::follow(int mountId, Descriptor changed) {
  std::lock_guard<std::mutex> held(mutex_);
  mountId_ = mountId;
  changed_ = std::move(changed);
  platform::wakerSignal(waker_.get());
  return 0;
}

int Announcer::changes() {
  std::lock_guard<std::mutex> held(mutex_);
  return changes_;
}

void Announcer::release(bool wait) {
  const std::shared_ptr<Injector> injector = injecting();
  if (injector != nullptr) injector->release(wait);
}

int Announcer::injector() {
  const std::shared_ptr<Injector> injector = injecting();
  return injector == nullptr ? 0 : injector->thread();
}

void Announcer::stop() {
  std::lock_guard<std::mutex> held(mutex_);
  stopping_ = true;
  queue_.clear();
  if (injector_ != nullptr) injector_->stop();
  platform::wakerSignal(waker_.get());
}

void Announcer::abandon() {
  stop();
  Registry<Announcer>::all().remove(this);
}

Announcer::Counts Announcer::counts() {
  std::lock_guard<std::mutex> held(mutex_);
  Counts counts = counts_;
  counts.waiting = static_cast<uint32_t>(queue_.size() + (underWay_ ? 1 : 0));
  return counts;
}

void* Announcer::run(void* argument) {
  platform::nameThread("osmofs-announce");
  auto* const own = static_cast<std::shared_ptr<Announcer>*>(argument);
  (*own)->work();
  delete own;
  return nullptr;
}

void Announcer::work() {
  std::unique_lock<std::mutex> held(mutex_);
  while (!stopping_) {
    if (queue_.empty()) {
      asleep_ = rested_ = true;
      held.unlock();
      sleep();
      held.lock();
      asleep_ = false;
      continue;
    }
    const Announcement announcement = std::move(queue_.front());
    queue_.pop_front();
    // Counted while it is carried out: none waiting means that the kernel has seen everything.
    underWay_ = true;
    held.unlock();
    const int result = carryOut(announcement);
    held.lock();
    underWay_ = false;
    count(announcement, result);
    if (announcement.kind == Announcement::Kind::kNotification) continue;
    held.unlock();
    // Only now, when it does not count any more: the daemon may send another one at once.
    tell(announcement.seq, result);
    held.lock();
  }
}

/** Waits until there may be something to do, and does what is no announcement. */
void Announcer::sleep() {
  struct pollfd both[2] = {{waker_.get(), POLLIN, 0}, {mounts_.get(), POLLPRI, 0}};
  if (::poll(both, 2, -1) < 0) return;
  if (both[0].revents != 0) platform::wakerDrain(waker_.get());
  lookAfterMount(both[1].revents != 0);
}

/**
 * Somebody else may have unmounted it, and what this process holds of the superblock must not keep it: its end is what
 * people expect of an unmount. Whoever else uses it keeps it, by a bind mount or an open file.
 */
void Announcer::lookAfterMount(bool changed) {
  int id;
  {
    std::lock_guard<std::mutex> held(mutex_);
    id = injector_ == nullptr ? 0 : mountId_;
    if (changed && changed_.valid()) {
      changes_++;
      platform::wakerSignal(changed_.get());
    }
  }
  if (id == 0 || followed_ < 0 || (followed_ == id && !changed)) return;
  if (followed_ != id) {
    followed_ = id;
    mounts_ = Descriptor(platform::openMounts());
  }
  const std::shared_ptr<Injector> injector = injecting();
  const int64_t device = mounts_.valid() ? platform::mountDevice(mounts_.get(), id) : 0;
  if (device >= 0 && static_cast<uint64_t>(device) == injector->device()) return;
  injector->release(true);
  mounts_.reset();
  followed_ = -1;
}

/** 0 or -errno. */
int Announcer::carryOut(const Announcement& announcement) {
  if (announcement.kind == Announcement::Kind::kBarrier) return 0;
  if (announcement.kind == Announcement::Kind::kNotification) {
    for (;;) {
      if (::write(fuse_.get(), announcement.message.data(), announcement.message.size()) >= 0) return 0;
      // ENOENT, the common failure: the kernel does not know the inode or name (any more), so nothing was to be done.
      if (errno != EINTR) return -errno;
    }
  }
  const std::shared_ptr<Injector> injector = injecting();
  if (injector == nullptr) return -EPERM;
  const bool anew = rested_;
  rested_ = false;
  return injector->perform(announcement.call, anew);
}

/** With the mutex held. */
void Announcer::count(const Announcement& announcement, int result) {
  if (announcement.kind == Announcement::Kind::kNotification) {
    (result < 0 ? counts_.failed : counts_.written)++;
  } else if (announcement.kind == Announcement::Kind::kInject) {
    (result == 0 ? counts_.injected : result == -ESTALE ? counts_.stale : result == -EBUSY ? counts_.busy
                                                                                           : counts_.refused)++;
  }
}

/** A lane that is broken is noticed by whoever serves it. */
void Announcer::tell(uint64_t seq, int result) {
  Announced message{};
  message.len = sizeof message;
  message.opcode = kAnnounced;
  message.seq = seq;
  message.error = linuxResult(result);
  const struct iovec part = {&message, sizeof message};
  lane_->send(&part, 1);
}
