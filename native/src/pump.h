/**
 * A thread that copies whole messages from a lane to /dev/fuse: the replies of the data lane reach the guest's kernel
 * without waking JavaScript. It is also who sends what that lane has kept.
 */
#pragma once

#include <pthread.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>

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

  /** The unique's highest bit: the reply answers a request of the agent's own (protocol/behind.ts), not one of the kernel. */
  static constexpr uint64_t kOwn = uint64_t{1} << 63;
  /**
   * Waits until `count` replies to own requests have come (counted modulo 2^32), the pump has ended, or `milliseconds` are over.
   * How many have come.
   */
  uint32_t settle(uint32_t count, int milliseconds);
  struct Failure {
    uint64_t unique;
    int error;
  };
  /** The oldest own request that failed and was not told yet; false if there is none. */
  bool takeFailure(Failure* out);

 private:
  static void* run(void* pump);
  int copy();
  int copyShared();
  int waitForMore(size_t seen);
  bool spin(size_t seen);
  bool goOn();
  int deliver(const ReplyHeader& header, const uint8_t* message);
  void keep(const ReplyHeader& header);

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

  std::mutex own_;
  std::condition_variable came_;
  std::atomic<uint32_t> answered_{0};
  std::deque<Failure> failures_;
};
