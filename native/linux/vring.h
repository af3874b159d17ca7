/**
 * A split virtqueue seen from the device's side (virtio 1.x §2.7): descriptor table, available ring (the driver's), used
 * ring (ours), indirect descriptors (§2.7.5.3) and event index (§2.7.7, §2.7.10).
 *
 * The driver writes the first two while we read them, and may write anything: every index, address and length is read
 * once into memory of ours and checked there. What cannot be right ends the ring with a reason, it is not repaired.
 */
#pragma once

#include <cstdint>
#include <vector>

#include "fd.h"
#include "guest_memory.h"

namespace vsock {

/** What a front end says about a ring (VHOST_USER_SET_VRING_NUM, _ADDR, _BASE): addresses in its own process. */
struct RingRecord {
  uint64_t descriptors, available, used;
  uint32_t size, base;
};
static_assert(sizeof(RingRecord) == 32);

/** One chain of descriptors. Its pieces lie in the vector given to `peek`. */
struct Chain {
  uint16_t head;
  size_t firstPiece, pieces;
  uint64_t bytes;
};

class Vring {
 public:
  static constexpr uint32_t kMostSize = 1024;
  /** Pieces of a chain: readv(2) takes no more. */
  static constexpr size_t kMostPieces = 1024;

  /** 0; -EINVAL, -EFAULT. */
  int start(const GuestMemory& memory, const RingRecord& record, bool eventIndex, bool indirect);
  /** Resolves the addresses again after the regions have changed. */
  int relocate(const GuestMemory& memory);
  void stop() { running_ = false; }
  bool running() const { return running_ && broken_ == nullptr; }
  /** Where the next start has to go on: what VHOST_USER_GET_VRING_BASE answers. */
  uint16_t base() const { return lastAvailable_; }
  /** Why the ring is out of use; nullptr while it is not. */
  const char* broken() const { return broken_; }
  /** Takes the ring out of use until its next start. Always false. */
  bool fail(const char* why) {
    broken_ = why;
    return false;
  }

  /** The eventfd by which the driver says that it has added something, and the one by which we say so. */
  Descriptor kick, call;

  /** Chains that have been added and not consumed; 0 if there are none or the ring does not run. */
  uint16_t waiting();

  /**
   * Reads the chain `ahead` places after the next one, appending its pieces; a chain is all `writable` (by us) or all
   * readable. False: the ring is broken now.
   */
  bool peek(const GuestMemory& memory, uint16_t ahead, bool writable, std::vector<struct iovec>& pieces, Chain* out);
  /** Gives the next chain back with `written` bytes in it. */
  void consume(const Chain& chain, uint32_t written) {
    keep(chain, written);
    publish();
  }
  /** As `consume`, but the driver sees it with the next `publish` or `notify` only. */
  void keep(const Chain& chain, uint32_t written);
  /** Chains kept. */
  uint16_t kept() const { return static_cast<uint16_t>(usedIndex_ - publishedIndex_); }
  void publish();
  uint32_t size() const { return record_.size; }

  /** Tells the driver that we look by ourselves … */
  void ignoreKicks();
  /** … and that it has to kick. What is there already it may not have kicked for: look once more. */
  void expectKicks();
  /** Publishes, and signals `call` if something was given back that the driver wants to hear of. */
  void notify();

 private:
  struct Descriptor16 {
    uint64_t address;
    uint32_t length;
    uint16_t flags, next;
  };
  static_assert(sizeof(Descriptor16) == 16);

  bool follow(const GuestMemory& memory, const uint8_t* table, const std::vector<struct iovec>* indirectTable,
              uint32_t count, uint16_t at, bool writable, std::vector<struct iovec>& pieces, Chain* out);

  RingRecord record_{};
  uint8_t* descriptors_ = nullptr;
  uint8_t* available_ = nullptr;
  uint8_t* used_ = nullptr;
  uint16_t lastAvailable_ = 0, usedIndex_ = 0, publishedIndex_ = 0, toldIndex_ = 0;
  bool running_ = false, eventIndex_ = false, indirect_ = false, toldAny_ = false;
  const char* broken_ = nullptr;
  std::vector<struct iovec> table_;
};

}  // namespace vsock
