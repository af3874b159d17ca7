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
 * Sleeping: a reader that finds nothing says so (`sleeping`), looks once more and polls its eventfd; a writer that sees the
 * word set clears it and signals. Both orders are covered by a full fence on both sides. A writer without room keeps what it
 * has and sets `starved`, which the reader answers in the same way.
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
  /** What travels over the socket: the memory, the host's eventfd, the guest's eventfd. */
  static constexpr int kDescriptors = 3;

  /** New memory with two rings of `ringBytes` (a power of two, at least a page); nullptr and `*error` = -errno. */
  static std::unique_ptr<SharedStream> create(size_t ringBytes, int* error);
  /** The other side of it; takes the descriptors over. The size is checked against the memory's. */
  static std::unique_ptr<SharedStream> open(Descriptor memory, Descriptor host, Descriptor guest, int* error);
  ~SharedStream();

  int descriptor(int index) const;
  /** Signalled when there may be something to read, or room to write. */
  int wake() const { return side_ == Side::kHost ? hostWake_.get() : guestWake_.get(); }

  // -- writing: one thread at a time (the lane's mutex) -----------------------------------------------------------------

  /** Bytes taken, 0 if there is no room; -EPROTO if the other side's position is impossible. */
  int64_t write(const struct iovec* parts, int count);
  /** Room for `length` bytes in one piece, or nullptr; `publish` makes them the reader's. */
  uint8_t* reserve(size_t length);
  void publish(size_t length);
  /** The writer waits for room: it is signalled when there is some. True if there is some already. */
  bool starve();

  // -- reading: one thread ------------------------------------------------------------------------------------------------

  /** What can be read now, in one piece: its length, -EPROTO as above. */
  int64_t peek(const uint8_t** bytes);
  /** The processor on which the other side last wrote. */
  int peerProcessor() const;
  void consume(size_t length);
  /** Copies out up to `capacity` bytes; 0 if there are none. */
  int64_t read(void* out, size_t capacity);
  /** Says that this side is about to sleep; true if there is more than `seen` bytes after all, and it must not. */
  bool fallAsleep(size_t seen);
  /** It did not sleep, or is awake again: signals are not needed, and an old one is taken back. */
  void wakeUp();

 private:
  struct Ring;
  SharedStream(Descriptor memory, Descriptor host, Descriptor guest, Side side);
  int map(size_t ringBytes);
  int64_t room();
  void signalPeer();

  Descriptor memory_, hostWake_, guestWake_;
  Side side_;
  size_t size_ = 0;
  uint8_t* base_ = nullptr;
  uint8_t* window_ = nullptr;
  Ring* out_ = nullptr;
  Ring* in_ = nullptr;
  uint8_t* outBytes_ = nullptr;
  uint8_t* inBytes_ = nullptr;
  /** own positions, never read back from the shared page */
  uint64_t written_ = 0, read_ = 0;
};
