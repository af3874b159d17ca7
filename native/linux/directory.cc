/** getdents64(2) into struct fuse_dirent records. */
#include <dirent.h>
#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>

#include "platform.h"
#include "retry.h"

namespace platform {

namespace {

/** struct linux_dirent64, getdents64(2). */
struct KernelEntry {
  uint64_t ino;
  int64_t off;
  uint16_t reclen;
  uint8_t type;
  char name[];
};
constexpr size_t kNameAt = 19;
/** The longest record of the kernel: 255 bytes of name with its NUL. */
constexpr size_t kLongest = (kNameAt + 256 + 7) & ~size_t{7};
constexpr size_t kScratch = 64 * 1024;

size_t padded(size_t length) { return (length + 7) & ~size_t{7}; }

}  // namespace

int readDirectory(int fd, uint64_t cookie, uint8_t* out, size_t capacity) {
  alignas(8) thread_local uint8_t scratch[kScratch];
  // Always, even where the position should be right: after a call that could not use all it had read it is not.
  if (lseek(fd, static_cast<off_t>(cookie), SEEK_SET) < 0) return -errno;
  size_t used = 0;
  bool refused = false;
  while (!refused) {
    // Our records are up to a third larger than the kernel's, so asking for 3/4 of the room wastes nothing: whatever
    // does not fit has to be read again by the next call.
    size_t asked = (capacity - used) / 4 * 3;
    if (asked < kLongest) {
      if (used > 0) break;
      asked = kLongest;
    }
    if (asked > kScratch) asked = kScratch;
    const int64_t got = retry([&] { return syscall(SYS_getdents64, fd, scratch, asked); });
    if (got < 0) {
      if (used > 0) break;
      return static_cast<int>(got);
    }
    if (got == 0) return static_cast<int>(used);
    for (int64_t at = 0; at < got;) {
      const auto* entry = reinterpret_cast<const KernelEntry*>(scratch + at);
      const char* name = reinterpret_cast<const char*>(entry) + kNameAt;
      const size_t length = strnlen(name, entry->reclen - kNameAt);
      const size_t size = padded(sizeof(FuseDirent) + length);
      if (size > capacity - used) {
        refused = true;
        break;
      }
      const FuseDirent header = {entry->ino, static_cast<uint64_t>(entry->off), static_cast<uint32_t>(length), entry->type};
      std::memcpy(out + used, &header, sizeof header);
      std::memcpy(out + used + sizeof header, name, length);
      std::memset(out + used + sizeof header + length, 0, size - sizeof header - length);
      used += size;
      at += entry->reclen;
    }
  }
  return used > 0 ? static_cast<int>(used) : -EINVAL;
}

}  // namespace platform
