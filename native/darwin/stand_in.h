/**
 * Descriptors for objects that macOS cannot open.
 *
 * Linux's O_PATH refers to anything. Here open(2) refuses sockets, waits for nobody but starts the driver of a device,
 * shows up as a reader at the other end of a FIFO, and needs permission to read. For such an object `openObject` gives a
 * stand-in: a descriptor that can do nothing by itself (an empty kqueue; an …at call with it says ENOTDIR), beside
 * which this table remembers the object's directory, name and identity. Every function of this folder that takes the
 * descriptor of an object asks here first.
 */
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <memory>
#include <string>

#include "fd.h"

namespace platform {

struct StandIn {
  Descriptor directory;
  std::string name;
  /** What it looked like when the stand-in was made. */
  struct ::stat seen;
};

/** A stand-in for `name` in `dirfd`, which looked like `seen` a moment ago. Descriptor or -errno. */
int makeStandIn(int dirfd, const char* name, const struct ::stat& seen);
/** What `fd` stands for; nullptr for an ordinary descriptor. One load of a counter if there are no stand-ins. */
std::shared_ptr<const StandIn> standInOf(int fd);
/** A second stand-in for the same object. */
int duplicateStandIn(const std::shared_ptr<const StandIn>& original);
void forgetStandIn(int fd);

}  // namespace platform
