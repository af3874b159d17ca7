#include "guest_memory.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

namespace vsock {

int GuestMemory::map(const RegionRecord* records, const int* files, size_t count) {
  clear();
  if (count > kMostRegions) return -EINVAL;
  const uint64_t page = static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  for (size_t at = 0; at < count; at++) {
    const RegionRecord& record = records[at];
    struct ::stat seen;
    int error = 0;
    uint64_t end, guestEnd, userEnd;
    if (record.size == 0 || __builtin_add_overflow(record.offset, record.size, &end) ||
        __builtin_add_overflow(record.guest, record.size, &guestEnd) ||
        __builtin_add_overflow(record.user, record.size, &userEnd)) {
      error = -EINVAL;
    } else if (::fstat(files[at], &seen) != 0) {
      error = -errno;
    } else if (seen.st_size < 0 || end > static_cast<uint64_t>(seen.st_size)) {
      error = -ERANGE;
    }
    if (error == 0) {
      const uint64_t start = record.offset / page * page;
      const size_t length = static_cast<size_t>(end - start);
      void* const mapping = ::mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, files[at],
                                   static_cast<off_t>(start));
      if (mapping == MAP_FAILED) {
        error = -errno;
      } else {
        uint8_t* const base = static_cast<uint8_t*>(mapping) + (record.offset - start);
        regions_.push_back({record.guest, record.size, record.user, base, mapping, length});
      }
    }
    if (error != 0) {
      clear();
      return error;
    }
  }
  return 0;
}

void GuestMemory::clear() {
  for (const Region& region : regions_) ::munmap(region.mapping, region.mapped);
  regions_.clear();
}

void GuestMemory::release() {
  // The mappings are shared: what was written is in the file.
  for (const Region& region : regions_) ::madvise(region.mapping, region.mapped, MADV_DONTNEED);
}

uint8_t* GuestMemory::atUser(uint64_t address, uint64_t length) const {
  for (const Region& region : regions_) {
    if (address < region.user || address - region.user >= region.size) continue;
    const uint64_t offset = address - region.user;
    return length <= region.size - offset ? region.base + offset : nullptr;
  }
  return nullptr;
}

bool GuestMemory::collect(uint64_t address, uint64_t length, size_t most, std::vector<struct iovec>& out) const {
  while (length > 0) {
    const Region* found = nullptr;
    for (const Region& region : regions_) {
      if (address >= region.guest && address - region.guest < region.size) found = &region;
    }
    if (found == nullptr || out.size() >= most) return false;
    const uint64_t offset = address - found->guest;
    const uint64_t part = std::min(length, found->size - offset);
    out.push_back({found->base + offset, static_cast<size_t>(part)});
    // Cannot wrap: the region's end does not.
    address += part;
    length -= part;
  }
  return true;
}

}  // namespace vsock
