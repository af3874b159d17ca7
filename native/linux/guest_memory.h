/** The memory of a guest, as a vhost-user front end shares it: regions of files, mapped here, reached by checked addresses. */
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace vsock {

/** struct VhostUserMemoryRegion: addresses in the guest and in the front end's process, bytes, offset in the file. */
struct RegionRecord {
  uint64_t guest, size, user, offset;
};
static_assert(sizeof(RegionRecord) == 32);

class GuestMemory {
 public:
  static constexpr size_t kMostRegions = 8;

  GuestMemory() = default;
  ~GuestMemory() { clear(); }
  GuestMemory(const GuestMemory&) = delete;
  GuestMemory& operator=(const GuestMemory&) = delete;

  /**
   * Replaces all regions; `files` stay the caller's. 0 or -errno, then there are none. A region that its file is too short
   * for is refused: touching it would be SIGBUS.
   */
  int map(const RegionRecord* records, const int* files, size_t count);
  void clear();
  /**
   * Lets go of the pages that this process has touched; they stay the guest's, and come back when they are next used. Else the
   * whole of a busy guest's memory would in time count as this process's too.
   */
  void release();

  /** `length` bytes at an address of the front end's, nullptr unless all lie in one region. For the rings' own parts. */
  uint8_t* atUser(uint64_t address, uint64_t length) const;

  /**
   * Appends the pieces that make up `length` bytes at a guest's address. False if some of them are outside, or if there
   * are more than `most` pieces.
   */
  bool collect(uint64_t address, uint64_t length, size_t most, std::vector<struct iovec>& out) const;

 private:
  struct Region {
    uint64_t guest, size, user;
    uint8_t* base;
    void* mapping;
    size_t mapped;
  };
  std::vector<Region> regions_;
};

}  // namespace vsock
