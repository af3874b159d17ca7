/**
 * A thread that copies whole messages from a lane to /dev/fuse: the replies of the data lane reach the guest's kernel
 * without waking JavaScript. It is also who sends what that lane has kept.
 */
#pragma once

#include <pthread.h>

#include <atomic>
#include <memory>

#include "lane.h"
#include "spin.h"

class Pump : public Owned {
 public:
  Pump(std::shared_ptr<Lane> lane, int fuse, int waker, Descriptor stop);
  ~Pump() override;
  /** 0, or -EAGAIN if there is no thread to be had. */
  int start();
  /** Ends and joins the thread, which never waits for anything but its descriptors. Idempotent. */
  void stop();
  void abandon() override;
  int status() const { return status_.load(); }

 private:
  static void* run(void* pump);
  int copy();
  int copyShared();
  int waitForMore(size_t seen);
  bool spin(size_t seen);
  bool goOn();
  int deliver(const uint8_t* message, size_t length);

  std::shared_ptr<Lane> lane_;
  int fuse_, waker_;
  Descriptor stop_;
  pthread_t thread_;
  bool started_ = false;
  unsigned delivered_ = 0;
  /** A reply of a stream comes as late as its bytes need to be written: longer than one of a metadata lane. */
  SpinHabit habit_{200};
  /** 0 while it runs, then why it ended. */
  std::atomic<int> status_{0};
};
