/**
 * A mount of its own of a superblock that this process serves, attached to no tree: what is called through it cannot meet
 * what anybody has mounted below the public mount, needs no path, and is not refused where the public mount is read-only.
 *
 * It belongs to one thread, which has a working directory, a umask and a table of descriptors of its own (`begin`):
 *
 * - the working directory is the root of the view. It serves open_by_handle_at(2) as the mount to look into; a descriptor
 *   would have to be one that was opened for reading, which the daemon would have to answer;
 * - if this process is killed, the kernel closes /dev/fuse only when the last thread that shares its descriptors has ended,
 *   and this thread may be waiting for the very connection which that ends.
 */
#pragma once

#include <memory>

#include "announcement.h"

class PrivateView {
 public:
  virtual ~PrivateView() = default;
  /**
   * Makes the view of what is mounted at `point`, before anything is mounted on top of it: 0 or -errno. The superblock lives
   * on until `close`, whoever unmounts it.
   */
  virtual int open(const char* point) = 0;
  virtual void close() = 0;
  /** As st_dev says, 0 without a view. */
  virtual uint64_t device() const = 0;
  /**
   * Makes the call, which may wait for the daemon: 0 or -errno; -EPERM before `open` and -ENODEV after `close`. `anew`: where
   * mounts are is to be looked up again.
   */
  virtual int perform(const InjectedCall& call, bool anew) = 0;
};

namespace platform {

/** Makes the calling thread one that may have a view, and the view; nullptr where that cannot be. */
std::unique_ptr<PrivateView> beginView();
/** Number by which the kernel knows the calling thread, in its own pid namespace. */
int threadNumber();

/** A descriptor that poll(2) says POLLPRI of whenever the mounts which this process sees have changed. */
int openMounts();
/** What `openMounts` was opened for: the device of the mount with that id, as st_dev says, 0 if there is none; -errno. */
int64_t mountDevice(int mounts, int id);

}  // namespace platform
