/**
 * Four threads for what may take long: they do the operation and answer the request themselves, so that no JavaScript
 * thread waits for a disk. First come, first served; waits for locks have threads of their own (lock_wait.h), because
 * they can last for ever.
 */
#pragma once

#include <cstdint>
#include <deque>
#include <memory>

#include <condition_variable>
#include <mutex>

#include "fd.h"
#include "lane.h"
#include "slots.h"

/** `SlowOp` of os.ts. */
enum class SlowOp : int32_t {
  kFsync = 1,
  kFdatasync = 2,
  kSyncfs = 3,
  kFallocate = 4,
  kCopyRange = 5,
  kLockWait = 6,
  kFlockWait = 7,
  kRead = 8,
  kFsyncFd = 9,
  kStatfsFd = 10,
  kSyncfsFd = 11,
};

struct Operation {
  std::shared_ptr<Lane> lane;
  SlowOp kind;
  uint64_t unique;
  uint64_t args[3];
  /** The descriptors it works on: pinned slots, or a descriptor that is closed afterwards, or a borrowed one. */
  Pin a, b;
  Descriptor owned;
  int borrowed = -1;

  int fd() const { return a.held() ? a.fd() : owned.valid() ? owned.get() : borrowed; }
  /** Pins and descriptors go back to the caller, unchanged. */
  void refuse() {
    a.forget();
    b.forget();
    owned.release();
  }
  /** Pins and descriptors are given up, then the owner of a lane that waits for its operations is told. */
  void finish(std::atomic<int32_t>* count);
};

/** Does the operation on the calling thread and answers (slow_operation.cc). Not for lock waits. */
void perform(Operation& operation);

class Pool {
 public:
  static Pool& instance();

  /** 0; -EAGAIN if 1024 of this lane wait already or the system has no thread: the operation is the caller's still. */
  int submit(Operation&& operation);
  /** Takes a waiting operation out and answers it EINTR. */
  bool cancel(const Lane* lane, uint64_t unique);
  /** Takes all waiting operations of a lane out, unanswered. */
  void drop(const Lane* lane);
  /** A lane is no longer congested. */
  void resume();

 private:
  Pool() = default;
  static void* run(void* pool);
  void work();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Operation> queue_;
  int threads_ = 0;
};
