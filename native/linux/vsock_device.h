/**
 * The moving half of the vhost-user vsock device: it waits, reads chains of the guest's rings, and moves payload between
 * them and sockets. Which packet means what is decided in TypeScript (vm/vsock/), which sees headers only.
 *
 * One thread uses a device. The two rings are numbered as in virtio 1.x §5.10.2: 0 receives (to the guest), 1 transmits.
 */
#pragma once

#include <sys/uio.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <unordered_map>
#include <vector>

#include "fd.h"
#include "guest_memory.h"
#include "registry.h"
#include "vring.h"

namespace vsock {

/** struct virtio_vsock_hdr of <linux/virtio_vsock.h>. */
inline constexpr size_t kHeader = 44;
/** Where the payload's length lies in it (u32). */
inline constexpr size_t kHeaderLength = 24;
/** Chains that one call fills, and the most of a packet's payload (VIRTIO_VSOCK_MAX_PKT_BUF_SIZE). */
inline constexpr uint16_t kMostChains = 64;
inline constexpr uint32_t kMostPayload = 64 * 1024;

/** Of `fill`: the socket has no more at the moment. */
inline constexpr int64_t kDrained = 1 << 30;
/** Of `wait`: it went to sleep. */
inline constexpr int64_t kSlept = 1 << 30;
/** What `wait` looks for in the rings: packets of the guest, room for packets to it. */
inline constexpr int kWantPackets = 1, kWantRoom = 2;

struct Event {
  int32_t fd;
  uint32_t events;
};

/** Bytes of the guest that a socket had no room for, oldest first. How many there may be is the credit's business. */
class Spill {
 public:
  size_t bytes() const { return bytes_; }
  void add(const uint8_t* from, size_t length);
  /** Sends what the socket takes: bytes sent (0: none now) or -errno. */
  int64_t flush(int socket);

 private:
  static constexpr size_t kChunk = 64 * 1024;
  std::deque<std::vector<uint8_t>> chunks_;
  size_t start_ = 0, bytes_ = 0;
};

class Device : public Owned {
 public:
  static constexpr int kReceive = 0, kTransmit = 1;

  /** -errno as `out` in case of failure. */
  static std::shared_ptr<Device> create(int waker, int* error);
  void abandon() override;

  int watch(int fd, uint32_t events);
  /** Number of events, with kSlept or not; kWoken or -errno. 0 also when a ring has something. See `vsockWait` in os.ts. */
  int64_t wait(Event* out, size_t capacity, int want, int spinMicroseconds, int timeoutMilliseconds);

  int setMemory(const RegionRecord* records, const int* files, size_t count);
  void releaseMemory() { memory_.release(); }
  int startRing(int index, const RingRecord& record, bool eventIndex, bool indirect);
  int stopRing(int index, bool forget);
  int setKick(int index, int fd);
  int setCall(int index, int fd);
  /** Why a ring is out of use. */
  const char* broken() const;

  /** The header of the next packet of the guest; its payload's room in the chain, -EAGAIN or -EPROTO (either ring). */
  int64_t nextPacket(uint8_t* header);
  /** Sends the packet's first bytes; what the socket does not take is spilled. Bytes spilled now, or -errno. */
  int64_t deliver(int socket, uint32_t length);
  int64_t flushSpill(int socket);
  void dropSpill(int socket) { spills_.erase(socket); }

  /** A packet without payload. 0; -EAGAIN: the guest has given no buffer; -EPROTO. */
  int64_t put(const uint8_t* header);
  /**
   * Packets with at most `limit` bytes from the socket: bytes moved, with kDrained or not;
   * 0 at its end; -EAGAIN; -ENOBUFS: no buffer.
   */
  int64_t fill(int socket, const uint8_t* header, uint32_t limit);

 private:
  Device(int waker, Descriptor poll) : waker_(waker), poll_(std::move(poll)) {}
  void finishPacket();
  bool ringsHave(int want) {
    const bool something = ((want & kWantPackets) != 0 && rings_[kTransmit].waiting() > 0) ||
                           ((want & kWantRoom) != 0 && rings_[kReceive].waiting() > 0);
    // Last: it may be by looking that a ring was found to be broken.
    return broken() != nullptr ? !toldBroken_ : something;
  }
  int64_t collectEvents(Event* out, size_t capacity, int timeoutMilliseconds);
  uint64_t keyOf(int index) const { return kKickKey + static_cast<uint64_t>(index); }

  static constexpr uint64_t kKickKey = 1ull << 32, kWakerKey = 1ull << 33;

  int waker_;
  Descriptor poll_;
  GuestMemory memory_;
  Vring rings_[2];
  /** Waits since the oldest of the kept packets came. */
  int keptWaits_ = 0;
  /** Somebody has been told that a ring is broken: it is no news any more. */
  bool toldBroken_ = false;
  /** The packet that `nextPacket` gave, its payload first to last. */
  bool current_ = false;
  Chain packet_{};
  std::vector<struct iovec> packetPieces_;
  std::vector<struct iovec> fillPieces_;
  std::unordered_map<int, Spill> spills_;
};

}  // namespace vsock
