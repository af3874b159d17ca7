/**
 * The bytes of a lane through memory that both sides map, for a guest on the same machine: no system call, no copy by the
 * kernel, and no wake-up while the other side is awake. The lane's socket stays: it brought the memory over, and its end
 * is the end of the stream.
 *
 * Two rings, one per direction, each written by one side and read by the other. A ring is mapped twice in a row, so that any
 * piece of it is contiguous. Positions count bytes for ever; each side keeps its own in private memory and publishes
 * them, and takes the other's only after checking that it is possible: whoever is on the other side can at worst end its own
 * session.
 *
 * Sleeping: a reader that finds nothing says so (`sleeping`), looks once more and polls its bell; a writer that sees the
 * word set clears it and rings. Both orders are covered by a full fence on both sides. A writer without room keeps what it
 * has and sets `starved`, which the reader answers in the same way.
 *
 * A bell is a pipe: each of its ends is an open file of one side alone. Both sides of an eventfd share its O_NONBLOCK flag,
 * with which a peer could stop us in a write.
 */
#pragma once

#include <sys/uio.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "fd.h"

class SharedStream {
 public:
  enum class Side { kHost, kGuest };
  /** What travels over the socket: the memory, where the guest listens, what it rings with. */
  static constexpr int kDescriptors = 3;
  static constexpr size_t kSmallestRing = 64 << 10;
  static constexpr size_t kLargestRing = 64 << 20;
  static bool possible(size_t ringBytes) {
    return ringBytes >= kSmallestRing && ringBytes <= kLargestRing && (ringBytes & (ringBytes - 1)) == 0;
  }

  /** The host's side of new memory, and what the guest is to get; nullptr and `*error` = -errno. `possible` sizes only. */
  static std::unique_ptr<SharedStream> create(size_t ringBytes, Descriptor guest[kDescriptors], int* error);
  /** The guest's side of it. Memory of another size or shape, or that can shrink: -EPROTO. */
  static std::unique_ptr<SharedStream> open(Descriptor guest[kDescriptors], int* error);
  ~SharedStream();

  size_t ringBytes() const { return size_; }
  /** Readable when there may be something to read, or room to write, and at the end of the other side. */
  int bell() const { return bell_.get(); }
  /** Takes back that it has rung; false if nobody can ring it any more. */
  bool silence();

  // -- writing: one thread at a time (the lane's mutex, or its word `streaming_`) ------------------------------------------

  /** Bytes taken, 0 if there is no room; -EPROTO if the other side's position is impossible. */
  int64_t write(const struct iovec* parts, int count);
  /** Room for `length` bytes in one piece, or nullptr; `publish` makes them the reader's. */
  uint8_t* reserve(size_t length);
  void publish(size_t length);
  /** The writer waits for room: its bell rings when there is some. True if there is some already. */
  bool starve();

  // -- reading: one thread ------------------------------------------------------------------------------------------------

  /** What can be read now, in one piece: its length, -EPROTO as above. It stays there until it is consumed. */
  int64_t peek(const uint8_t** bytes);
  /** The processor on which the other side last wrote. */
  int peerProcessor() const;
  void consume(size_t length);
  /** Copies out up to `capacity` bytes; 0 if there are none. */
  int64_t read(void* out, size_t capacity);
  /** Says that this side is about to sleep; true if there is more than `seen` bytes after all, and it must not. */
  bool fallAsleep(size_t seen);
  /** It did not sleep, or is awake again. A bell that rang meanwhile goes on ringing. */
  void wakeUp();

 private:
  struct Ring;
  SharedStream(Side side, Descriptor bell, Descriptor peerBell);
  int map(int memory, size_t ringBytes);
  int64_t room();
  uint8_t* writeAt() const { return outBytes_ + ((written_ - start_) & (size_ - 1)); }
  void rewind();
  void ringPeer();

  Side side_;
  /** read end, write end of the peer's */
  Descriptor bell_, peerBell_;
  size_t size_ = 0;
  uint8_t* base_ = nullptr;
  uint8_t* window_ = nullptr;
  Ring* out_ = nullptr;
  Ring* in_ = nullptr;
  uint8_t* outBytes_ = nullptr;
  uint8_t* inBytes_ = nullptr;
  /** own positions, never read back from the shared page */
  uint64_t written_ = 0, read_ = 0, start_ = 0;
};
