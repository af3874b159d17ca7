/**
 * A thread that writes notifications to /dev/fuse. The kernel takes inode locks and waits for pages while it does so,
 * and whoever holds those may be waiting for a reply: no thread that carries replies can write notifications.
 */
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include <condition_variable>
#include <mutex>

#include "fd.h"
#include "registry.h"

class Notifier : public Owned, public std::enable_shared_from_this<Notifier> {
 public:
  /** `fuse`: a duplicate of its own, because the thread may outlive the caller's descriptor. */
  explicit Notifier(Descriptor fuse) : fuse_(std::move(fuse)) {}
  int start();
  int push(const uint8_t* message, size_t length);
  /**
   * Drops what waits and ends the thread. One that is inside a write ends when the kernel lets it go (at the latest when
   * the mount is gone); waiting for that here could wait for a reply that only the caller carries.
   */
  void stop();
  void abandon() override;

  struct Counts {
    uint32_t written, failed, waiting;
  };
  Counts counts();

 private:
  static void* run(void* notifier);
  void work();

  Descriptor fuse_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::vector<uint8_t>> queue_;
  bool stopping_ = false;
  uint32_t written_ = 0, failed_ = 0;
};
