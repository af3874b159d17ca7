/**
 * Where something is mounted inside a superblock, in whatever mount namespace: a container's bind mount below a directory of
 * the share is one. The kernel would detach it if that directory were removed or replaced through another namespace, and
 * people would find their volume empty.
 */
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace platform {

class MountPoints {
 public:
  /** Looks into every mount namespace that has a process: 0 or -errno. */
  int find(uint64_t device);
  /** Whether this object, named from the root of the superblock, is a mount point or on the way to one. "": no. */
  bool concern(const char* path) const;

 private:
  void add(const std::string& mountinfo, uint64_t device);

  /** from the root of the superblock, without a slash in front; "" is the root */
  std::vector<std::string> points_;
};

}  // namespace platform
