/** The mount table, and the kind of a file system. Sources: getfsstat(2), statfs(2). */
#include <sys/mount.h>

#include <cstring>
#include <vector>

#include "platform.h"
#include "stand_in.h"
#include "system.h"
#include "text_writer.h"

namespace platform {

namespace {

/**
 * Where the system's own volume ends and that of the users begins: directories of the root (Users, Volumes, private …) are
 * firmlinks into it, so that what is mounted below one has two paths. Both are told.
 */
constexpr char kData[] = "/System/Volumes/Data/";
/** Mounted between the two calls. */
constexpr size_t kSpare = 8;

bool put(TextWriter& writer, const struct ::statfs& each) {
  if (!writer.put(each.f_fstypename) || !writer.put(each.f_mntonname)) return false;
  if (std::strncmp(each.f_mntonname, kData, sizeof kData - 1) != 0) return true;
  return writer.put(each.f_fstypename) && writer.put(each.f_mntonname + sizeof kData - 2);
}

}  // namespace

int fileSystemOf(int fd, FileSystemRecord* out) {
  const auto standIn = standInOf(fd);
  struct ::statfs found;
  const int looked = retried([&] { return ::fstatfs(standIn == nullptr ? fd : standIn->directory.get(), &found); });
  if (looked < 0) return looked;
  *out = {};
  out->local = (found.f_flags & MNT_LOCAL) != 0 ? 1 : 0;
  static_assert(sizeof found.f_fstypename <= sizeof out->name);
  std::memcpy(out->name, found.f_fstypename, sizeof found.f_fstypename);
  out->name[sizeof out->name - 1] = '\0';
  return 0;
}

int64_t fileSystems(uint8_t* out, size_t capacity) {
  std::vector<struct ::statfs> found;
  for (;;) {
    // As the kernel remembers them: a server that does not answer is not asked.
    const int count = retried([] { return ::getfsstat(nullptr, 0, MNT_NOWAIT); });
    if (count < 0) return count;
    found.resize(static_cast<size_t>(count) + kSpare);
    const int bytes = static_cast<int>(found.size() * sizeof found[0]);
    const int got = retried([&] { return ::getfsstat(found.data(), bytes, MNT_NOWAIT); });
    if (got < 0) return got;
    if (static_cast<size_t>(got) == found.size()) continue;
    found.resize(static_cast<size_t>(got));
    break;
  }
  TextWriter writer(out, capacity);
  for (const struct ::statfs& each : found) {
    if (!put(writer, each)) return -ERANGE;
  }
  return static_cast<int64_t>(writer.used());
}

}  // namespace platform
