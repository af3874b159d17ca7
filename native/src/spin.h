/**
 * Bounded spinning before a sleep: being woken on another processor costs tens of microseconds, more than the request
 * that one waits for (measured: hot path of a stat through FUSE 69 us without, 41 us with 50 us of spinning).
 */
#pragma once

#include <sched.h>
#include <time.h>

#include <cstdint>

#include "platform.h"
#include "thread.h"

/** Tells the processor that this is a wait: its other hardware thread gets the room. */
inline void spinPause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ __volatile__("yield");
#endif
}

inline int64_t monotonicNanoseconds() {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000ll + time.tv_nsec;
}

/** When to spin, for a thread of the addon; what native/spin.ts is for JavaScript's, with the same reasons and figures. */
class SpinHabit {
 public:
  explicit SpinHabit(int limit) : limit_(limit) {}
  /** A wait begins: what it should spin, microseconds. */
  int begin() {
    begun_ = monotonicNanoseconds();
    return credit_ > 0 ? limit_ : 0;
  }
  /** It has ended with a message. */
  void found() {
    const int64_t waited = monotonicNanoseconds() - begun_;
    if (waited <= kNear) credit_ += credit_ < kPatience ? 1 : 0;
    else if (waited >= kQuiet) credit_ = 0;
    else if (credit_ > 0) credit_--;
  }

 private:
  static constexpr int64_t kNear = 200'000, kQuiet = 5'000'000;
  static constexpr int kPatience = 4;
  int limit_, credit_ = 0;
  int64_t begun_ = 0;
};

class Spin {
 public:
  explicit Spin(int microseconds) : nanoseconds_(static_cast<int64_t>(microseconds) * 1000) {
    if (nanoseconds_ <= 0) return;
    static thread_local bool prepared = false;
    if (!prepared && !standsBack()) platform::preferShortSlices();
    prepared = true;
    const int64_t start = monotonicNanoseconds();
    if (start < crowd().until) nanoseconds_ = 0;
    deadline_ = start + nanoseconds_;
  }
  /** Whether this thread has lately had to share its processor with somebody busy. */
  static bool crowded() { return monotonicNanoseconds() < crowd().until; }
  /** Lets others run for a moment; false when the time is over. */
  bool more() const {
    if (nanoseconds_ <= 0) return false;
    const int64_t before = monotonicNanoseconds();
    if (before >= deadline_) return false;
    // On a machine with few processors whoever we wait for may need this one.
    sched_yield();
    // Who gives way to a busy program gets the processor back a time slice later; who sleeps is woken at once. So where
    // that happens, spinning is left alone for a while (measured with both processors busy: p99 of a stat 2.5 ms with
    // spinning, 0.1 ms without).
    if (monotonicNanoseconds() - before > kTimeSlice) crowd().noticed(before);
    return true;
  }

 private:
  static constexpr int64_t kTimeSlice = 300'000;
  /** The longer it stays crowded, the less often that is tried again. */
  struct Crowd {
    static constexpr int64_t kShortest = 4'000'000, kLongest = 64'000'000;
    int64_t until = 0, pause = kShortest;
    void noticed(int64_t at) {
      pause = at - until < 8 * pause ? (pause < kLongest ? 2 * pause : kLongest) : kShortest;
      until = at + pause;
    }
  };

  static Crowd& crowd() {
    static thread_local Crowd crowd;
    return crowd;
  }

  int64_t nanoseconds_;
  int64_t deadline_ = 0;
};
