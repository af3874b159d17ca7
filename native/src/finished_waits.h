/** Lock waits that have ended: written by their threads, taken by the owner of the lane. */
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <deque>
#include <mutex>

class FinishedWaits {
 public:
  /** `result`: 0 or -errno, Linux's. */
  void add(uint64_t unique, int32_t result) {
    std::lock_guard<std::mutex> held(mutex_);
    records_.push_back({unique, result, 0});
  }

  /** Moves as many records as fit to `out`; their number. */
  size_t take(uint8_t* out, size_t capacity) {
    std::lock_guard<std::mutex> held(mutex_);
    const size_t count = std::min(capacity / sizeof(Record), records_.size());
    for (size_t i = 0; i < count; i++) {
      std::memcpy(out + i * sizeof(Record), &records_.front(), sizeof(Record));
      records_.pop_front();
    }
    return count;
  }

 private:
  struct Record {
    uint64_t unique;
    int32_t result;
    uint32_t zero;
  };
  static_assert(sizeof(Record) == 16);

  std::mutex mutex_;
  std::deque<Record> records_;
};
