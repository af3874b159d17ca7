/** getattrlistbulk(2): one call, and the way through the packed records that it leaves. */
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace platform {

struct BulkEntry {
  const char* name;  // `length` bytes inside the buffer, no NUL counted
  size_t length;
  uint64_t inode;  // 0 if the system did not tell
  uint32_t type;   // DT_*, 0 if the system did not tell
};

/** Fills `buffer` (8-byte aligned) with the next entries of the directory: how many, 0 at the end, -errno. */
int readBulk(int fd, void* buffer, size_t size);

/** Walks the `count` records of a buffer that `readBulk` filled; stops at a record that is not inside it. */
class BulkCursor {
 public:
  BulkCursor(const uint8_t* buffer, size_t size, int count) : at_(buffer), end_(buffer + size), left_(count) {}
  bool next(BulkEntry* out);

 private:
  const uint8_t* at_;
  const uint8_t* end_;
  int left_;
};

}  // namespace platform
