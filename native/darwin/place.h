/** The way back from a descriptor to a name, for what macOS can do by name only (a new link, a new description). */
#pragma once

#include <limits.h>

#include <memory>

#include "stand_in.h"

namespace platform {

/** Where an object could be reached a moment ago: `name` below `base`, or an absolute path and AT_FDCWD. */
struct Place {
  int base;
  char name[PATH_MAX];
  /** Keeps `base` open where it is the directory of a stand-in. */
  std::shared_ptr<const StandIn> holder;
};

/**
 * Finds the object behind `fd` (which may be a stand-in) by name and verifies device and inode. Tries the name under
 * which the system knows it, then its number: "/.vol/<device>/<inode>" works on APFS and HFS+ whatever the name is.
 * -ESTALE if neither leads to it, as when it has no name any more; -ENAMETOOLONG if its path is longer than the system
 * can say (PATH_MAX is 1024 here) and its number does not lead to it.
 *
 * The place is a moment's truth: who opens or links what it names compares the identity again.
 */
int findPlace(int fd, Place* out);

/** F_GETPATH into PATH_MAX bytes: 0, -ENAMETOOLONG, -errno. The path may be one that the object had. */
int currentPath(int fd, char* out);

/** What the path of a place found by number begins with. */
inline constexpr char kByNumber[] = "/.vol/";

}  // namespace platform
