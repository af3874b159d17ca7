#include "mount_points.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include <cctype>
#include <cstring>
#include <memory>
#include <unordered_map>
#include <unordered_set>

#include "fd.h"
#include "mountinfo.h"
#include "retry.h"

namespace platform {

namespace {

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

/** What the kernel appends to the name of an object without one. */
constexpr std::string_view kDeleted = "//deleted";

/** "" if the process has gone. */
std::string linkOf(int proc, const std::string& name) {
  char text[PATH_MAX];
  const ssize_t length = ::readlinkat(proc, name.c_str(), text, sizeof text);
  return std::string(text, length < 0 ? 0 : static_cast<size_t>(length));
}

/** The rest of `path` behind `base`, both absolute. */
std::string_view below(std::string_view path, std::string_view base) {
  if (base == "/") base = "";
  if (path.substr(0, base.size()) != base) return {};
  path.remove_prefix(base.size());
  return path;
}

/** Whether `path` is `base` or below it. */
bool isWithin(std::string_view path, std::string_view base) {
  if (path.substr(0, base.size()) != base) return false;
  return path.size() == base.size() || path[base.size()] == '/';
}

}  // namespace

int MountPoints::find(uint64_t device) {
  points_.clear();
  const std::unique_ptr<DIR, CloseDirectory> proc(::opendir("/proc"));
  if (proc == nullptr) return -errno;
  const int fd = ::dirfd(proc.get());
  std::unordered_set<std::string> seen;
  std::string text;
  while (const struct dirent* entry = ::readdir(proc.get())) {
    if (std::isdigit(static_cast<unsigned char>(entry->d_name[0])) == 0) continue;
    const std::string process = entry->d_name;
    const std::string space = linkOf(fd, process + "/ns/mnt");
    // A process sees the mounts below its own root only, so each root of a namespace is looked at.
    if (space.empty() || !seen.insert(space + linkOf(fd, process + "/root")).second) continue;
    const std::string name = process + "/mountinfo";
    const Descriptor mounts(retry([&] { return ::openat(fd, name.c_str(), O_RDONLY | O_CLOEXEC); }));
    if (mounts.valid() && readMounts(mounts.get(), &text) == 0) add(text, device);
    // It has gone meanwhile; another one may be in the same place.
    else seen.erase(space + linkOf(fd, process + "/root"));
  }
  return 0;
}

/** A mount is inside the superblock if its parent is one of the superblock; that may show a part of it only. */
void MountPoints::add(const std::string& mountinfo, uint64_t device) {
  std::unordered_map<int, MountLine> ours;
  std::vector<MountLine> lines;
  std::string_view rest = mountinfo;
  for (MountLine line; nextMount(&rest, &line);) {
    lines.push_back(line);
    if (line.device == device) ours.emplace(line.id, line);
  }
  if (ours.empty()) return;
  for (const MountLine& line : lines) {
    const auto parent = ours.find(line.parent);
    if (parent == ours.end() || line.parent == line.id) continue;
    std::string root = unescaped(parent->second.root);
    if (root.size() > kDeleted.size() && root.compare(root.size() - kDeleted.size(), kDeleted.size(), kDeleted) == 0) {
      root.resize(root.size() - kDeleted.size());
    }
    if (root == "/") root.clear();
    const std::string point = unescaped(line.point);
    root += below(point, unescaped(parent->second.point));
    points_.push_back(root.empty() ? root : root.substr(1));
  }
}

bool MountPoints::concern(const char* path) const {
  if (*path == 0) return false;
  for (const std::string& point : points_) {
    if (isWithin(point, path)) return true;
  }
  return false;
}

}  // namespace platform
