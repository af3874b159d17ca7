/**
 * The thread that tells one mount's kernel what has changed on the host, in the daemon's order (protocol/announce.ts):
 * writes notifications to /dev/fuse, has system calls injected, and tells the daemon how far it has come.
 *
 * The kernel takes inode locks and waits for pages while it does so, and whoever holds those may be waiting for a reply: no
 * thread that carries replies can do this work.
 */
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>

#include "announcement.h"
#include "fd.h"
#include "injector.h"
#include "lane.h"
#include "registry.h"

class Announcer : public Owned, public std::enable_shared_from_this<Announcer> {
 public:
  /**
   * `fuse`: a duplicate of its own, because the thread may outlive the caller's descriptor. `lane`: where announcements are
   * answered, or nullptr if there are to be notifications only.
   */
  Announcer(Descriptor fuse, std::shared_ptr<Lane> lane, Descriptor waker)
      : fuse_(std::move(fuse)), lane_(std::move(lane)), waker_(std::move(waker)) {}
  int start();
  /** Copies and queues one announcement: 0, -EPIPE, kBadAnnouncement, kTooManyAnnouncements. */
  int push(const uint8_t* message, size_t length);
  /** From now on calls can be injected into what is mounted at `point`; before, and if it fails, they are -EPERM. */
  int open(const char* point);
  /** The public mount: once it is gone, nothing of this process keeps its superblock. `changed`: a waker, or nothing. */
  int follow(int mountId, Descriptor changed);
  /** How often mounts have come or gone since there is one to follow. */
  int changes();
  void release(bool wait);
  /** The injecting thread as seen by the kernel's requests; 0 if there is none. */
  int injector();
  /**
   * Drops what waits and ends the thread. One that is inside a write or a call ends when the kernel lets it go (at the latest
   * when the connection is gone); waiting for that here could wait for a reply that only the caller carries.
   */
  void stop();
  void abandon() override;

  struct Counts {
    uint32_t written, failed, waiting;
    /** calls that were made, and those that failed: the directory is unknown, a mount is in the way, all others */
    uint32_t injected, stale, busy, refused;
  };
  Counts counts();

 private:
  static void* run(void* announcer);
  void work();
  void sleep();
  void lookAfterMount(bool changed);
  int carryOut(const Announcement& announcement);
  void count(const Announcement& announcement, int result);
  void tell(uint64_t seq, int result);
  std::shared_ptr<Injector> injecting();

  Descriptor fuse_;
  std::shared_ptr<Lane> lane_;
  Descriptor waker_;

  std::mutex mutex_;
  std::deque<Announcement> queue_;
  bool stopping_ = false, asleep_ = false, underWay_ = false;
  std::shared_ptr<Injector> injector_;
  int mountId_ = 0, changes_ = 0;
  Descriptor changed_;
  Counts counts_{};

  // Of the thread alone.
  /** Of platform::openMounts while there is a mount to follow. */
  Descriptor mounts_;
  int followed_ = 0;
  bool rested_ = true;
};
