/**
 * The thread that makes injected calls. Others give it something to do and wait; it holds no lock meanwhile, because the
 * daemon's answer needs the threads that forward it.
 */
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>

#include "private_view.h"

class Injector : public std::enable_shared_from_this<Injector> {
 public:
  /** 0, or -EAGAIN if there is no thread to be had, -EPERM if there can be no view. */
  int start();
  /** As seen by the kernel's requests. */
  int thread() const { return thread_; }
  /** What PrivateView does, in the order of the calls; -ECANCELED once it stops. */
  int open(const char* point);
  int perform(const InjectedCall& call, bool anew);
  uint64_t device();
  /** Gives the view up: nothing of this process keeps the superblock any more. With `wait` that is so afterwards. */
  void release(bool wait);
  /** Ends the thread and gives the view up; one inside a call when that is over. Never waits. */
  void stop();

 private:
  using Work = std::function<void(PrivateView&)>;
  enum class Stage { kWaiting, kBegun, kDone };
  struct Job {
    Work work;
    /** of whoever waits, or nullptr */
    Stage* stage;
  };

  static void* run(void* injector);
  void serve();
  bool giveAndWait(Work work);

  std::mutex mutex_;
  std::condition_variable given_, taken_;
  std::deque<Job> jobs_;
  bool stopping_ = false, ready_ = false;
  int thread_ = 0;
};
