/**
 * A thread that takes events out of an inotify instance while their owner is busy: the kernel keeps a number of them that is
 * not ours to choose (fs.inotify.max_queued_events) and drops what comes then.
 *
 * The owner does not depend on the thread: inotify is synchronous, an operation has queued its events when its system call
 * returns, and `drain` first takes over what is still with the kernel. So it tells exactly what had happened until it was called.
 */
#pragma once

#include <pthread.h>

#include <mutex>

#include "event_buffer.h"
#include "fd.h"
#include "foreign_events.h"
#include "registry.h"

class InotifyQueue : public Owned {
 public:
  /** The descriptors are duplicates of its own; `stop` is a waker. */
  InotifyQueue(Descriptor inotify, Descriptor waker, Descriptor stop, size_t limit);
  ~InotifyQueue() override;
  /** 0, -ENOMEM, or -EAGAIN if there is no thread to be had. */
  int start();
  /** Ends and joins the thread, which never waits for anything but its descriptors. Idempotent. */
  void stop();
  void abandon() override;

  /**
   * Whole records, oldest first; bytes. `fresh`: a drain begins; otherwise the one that began last goes on, up to what there was
   * when it began. 0: that was all. -errno: all, and the instance cannot be read any more.
   */
  int64_t drain(uint8_t* out, size_t capacity, bool fresh);

  /** From now on it is told which events are others'; to be called before the thread's start. 0 or -errno: not here. */
  int tellForeign() { return foreign_.open(); }
  /** See ForeignEvents; before the directory is watched. */
  int mark(int fd, int32_t key);
  void unmark(int32_t key);
  /**
   * Events of others that were there when the last drain began, or since the one before; of an event told by that drain its
   * record may come with the next one. Bytes; 0: that was all.
   */
  int64_t drainForeign(uint8_t* out, size_t capacity);

  /** Layout INOTIFY_QUEUE of os-watch.ts. */
  struct Statistics {
    uint64_t events, merged, dropped;
    uint32_t losses, signals, held, mapped;
  };
  static_assert(sizeof(Statistics) == 40);
  Statistics statistics();

 private:
  static void* run(void* queue);
  void work();
  bool takeOver();
  void fill();
  void read();

  const Descriptor inotify_, waker_, stop_;
  pthread_t thread_;
  bool started_ = false;

  /** Held while the descriptor is read: records reach the buffer in their order, whoever of the two reads. */
  std::mutex mutex_;
  EventBuffer buffer_;
  /** what is left of the drain that began last */
  size_t due_ = 0;
  /** only what is watched is marked, so there is nothing here that inotify does not tell of */
  ForeignEvents foreign_;
  size_t foreignDue_ = 0;
  /** -errno: why there will be no more events */
  int failure_ = 0;
  uint32_t signals_ = 0;
};
