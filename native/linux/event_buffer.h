/**
 * Records of inotify(7) that wait for whoever they are for, oldest first, up to a number of bytes. Beyond that all of them are
 * dropped and IN_Q_OVERFLOW, which says so, stands in their place. No descriptor, no lock, no thread.
 */
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>

#include "arena.h"

/** struct inotify_event with the longest name and its NUL. */
inline constexpr size_t kLargestRecord = 16 + 256;

class EventBuffer {
 public:
  explicit EventBuffer(size_t limit) : limit_(limit) {}
  /** False without memory. */
  bool prepare() { return grow(); }

  struct Space {
    uint8_t* to;
    /** at least one of the largest records */
    size_t room;
  };
  /** Where the next records are to be put. */
  Space space();
  /**
   * There are `length` bytes of whole records in `space` now. One that is the same as the last before it, byte by byte, is left
   * out, as the kernel does it in its own queue.
   */
  void add(size_t length);
  /** Events were lost before they came here: everything is dropped. */
  void lose() { drop(); }
  /** What comes from now on is not the same as what is here already, even if it looks the same. */
  void seal() { last_ = nullptr; }
  /** Bytes that can be taken. */
  size_t held() const;
  /** Moves as many whole records as fit into `capacity`; bytes. */
  size_t take(uint8_t* out, size_t capacity);

  /** Records so far: that came, that were left out, that were dropped. */
  uint64_t events() const { return events_; }
  uint64_t merged() const { return merged_; }
  uint64_t dropped() const { return dropped_; }
  /** How often everything was dropped. */
  uint32_t losses() const { return losses_; }
  /** Bytes of memory. */
  size_t mapped() const;

 private:
  struct Chunk {
    std::shared_ptr<Mapping> memory;
    size_t begin = 0, end = 0;
  };
  bool grow();
  void drop();

  const size_t limit_;
  /** Never empty once prepared: what comes after a loss has a place. */
  std::deque<Chunk> chunks_;
  size_t bytes_ = 0;
  /** everything before was dropped */
  bool lost_ = false;
  /** the last record, as long as another one may be the same */
  const uint8_t* last_ = nullptr;
  uint64_t events_ = 0, merged_ = 0, dropped_ = 0, waiting_ = 0;
  uint32_t losses_ = 0;
};
