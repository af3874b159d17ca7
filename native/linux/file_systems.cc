/** The mount table of the process, and the kind of a file system. Sources: proc_pid_mounts(5), getmntent(3), statfs(2). */
#include <errno.h>
#include <mntent.h>
#include <stdio.h>
#include <sys/vfs.h>

#include <memory>
#include <vector>

#include "platform.h"
#include "retry.h"
#include "text_writer.h"

namespace platform {

namespace {

/**
 * A line starts with source and mount point, a page at most each, of which every byte may be written as four. What does not
 * fit, getmntent_r drops: the options of an overlay can be of any length, and are not asked for.
 */
constexpr size_t kLine = 2 * 4 * 4096 + 4096;

struct Close {
  void operator()(FILE* table) const { ::endmntent(table); }
};

}  // namespace

int fileSystemOf(int fd, FileSystemRecord* out) {
  struct statfs found;
  const int result = retry([&] { return ::fstatfs(fd, &found); });
  if (result < 0) return result;
  *out = {};
  out->magic = static_cast<uint32_t>(found.f_type);
  return 0;
}

int64_t fileSystems(uint8_t* out, size_t capacity) {
  const std::unique_ptr<FILE, Close> table(::setmntent("/proc/self/mounts", "re"));
  if (table == nullptr) return -errno;
  std::vector<char> line(kLine);
  TextWriter writer(out, capacity);
  struct mntent entry;
  while (::getmntent_r(table.get(), &entry, line.data(), static_cast<int>(line.size())) != nullptr) {
    if (!writer.put(entry.mnt_type) || !writer.put(entry.mnt_dir)) return -ERANGE;
  }
  return ::ferror(table.get()) != 0 ? -EIO : static_cast<int64_t>(writer.used());
}

}  // namespace platform
