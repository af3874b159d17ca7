#include "private_view.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <string>

#include "fd.h"
#include "mount_points.h"
#include "retry.h"

namespace platform {

namespace {

// <linux/mount.h>, <linux/close_range.h>, <linux/stat.h>: newer than some of the headers this is built with.
constexpr unsigned kOpenTreeClone = 1;
constexpr unsigned kUnshareDescriptors = 2;
#ifdef SYS_open_tree
constexpr long kOpenTree = SYS_open_tree;
#else
constexpr long kOpenTree = 428;
#endif
#ifdef SYS_close_range
constexpr long kCloseRange = SYS_close_range;
#else
constexpr long kCloseRange = 436;
#endif
#ifdef SYS_mount_setattr
constexpr long kMountSetattr = SYS_mount_setattr;
#else
constexpr long kMountSetattr = 442;
#endif

struct MountAttributes {
  uint64_t set, clear, propagation, userNamespace;
};

/** Standard input, output and error stay: a library may have a last word to say. */
constexpr int kFirstClosed = 3;

int closeOthersOneByOne() {
  if (::unshare(CLONE_FILES) < 0) return -errno;
  DIR* const open = ::opendir("/proc/thread-self/fd");
  if (open == nullptr) return -errno;
  const int own = ::dirfd(open);
  while (const struct dirent* entry = ::readdir(open)) {
    const int fd = std::atoi(entry->d_name);
    if (fd >= kFirstClosed && fd != own) ::close(fd);
  }
  ::closedir(open);
  return 0;
}

/** The calling thread gets a table of descriptors of its own, with next to nothing in it: 0 or -errno. */
int leaveDescriptors() {
  if (::syscall(kCloseRange, kFirstClosed, ~0u, kUnshareDescriptors) == 0) return 0;
  return errno == ENOSYS || errno == EINVAL ? closeOthersOneByOne() : -errno;
}

/** struct file_handle of a node of FUSE: FILEID_INO64_GEN, both halves of the nodeid and the generation, which is 0. */
struct NodeHandle {
  unsigned int bytes;
  int type;
  uint32_t high, low, generation;

  explicit NodeHandle(uint64_t node)
      : bytes(12), type(0x81), high(static_cast<uint32_t>(node >> 32)), low(static_cast<uint32_t>(node)), generation(0) {}
};
static_assert(sizeof(NodeHandle) == sizeof(struct file_handle) + 12);

/** Whether the directory is this node. */
bool isNode(int fd, uint64_t node) {
  NodeHandle handle(0);
  const NodeHandle wanted(node);
  int mount;
  if (::name_to_handle_at(fd, "", reinterpret_cast<struct file_handle*>(&handle), &mount, AT_EMPTY_PATH) < 0) return false;
  return handle.type == wanted.type && handle.high == wanted.high && handle.low == wanted.low;
}

/** struct open_how of <linux/openat2.h>. */
struct How {
  uint64_t flags, mode, resolve;
};
constexpr uint64_t kNoOtherMount = 0x01, kNoMagic = 0x02, kNoSymlinks = 0x04, kBeneath = 0x08;
#ifdef SYS_openat2
constexpr long kOpenAt2 = SYS_openat2;
#else
constexpr long kOpenAt2 = 437;
#endif

/**
 * By the way to a name in it, from the working directory. A directory that somebody watches can stay in memory while the names
 * that lead to it have been dropped: no handle is good for it then until somebody has walked there again.
 */
int walkTo(const char* way, uint64_t node) {
  const char* const slash = std::strrchr(way, '/');
  if (slash == nullptr) return -ESTALE;
  const std::string path(way, slash);
  const How how = {O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0, kNoOtherMount | kNoMagic | kNoSymlinks | kBeneath};
  Descriptor opened(retry([&] { return static_cast<int>(::syscall(kOpenAt2, AT_FDCWD, path.c_str(), &how, sizeof how)); }));
  if (!opened.valid() || !isNode(opened.get(), node)) return -ESTALE;
  return opened.release();
}

/** Below the working directory's mount. The kernel must have the node in memory; it asks nobody: -ESTALE. */
int openNode(uint64_t node) {
  NodeHandle handle(node);
  return retry([&] {
    return ::open_by_handle_at(AT_FDCWD, reinterpret_cast<struct file_handle*>(&handle),
                               O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  });
}

void fill(const TimeChange times[2], struct timespec out[2]) {
  for (int at = 0; at < 2; at++) {
    out[at].tv_sec = static_cast<time_t>(times[at].sec);
    out[at].tv_nsec = times[at].how == kTimeOmit ? UTIME_OMIT : static_cast<long>(times[at].nsec);
  }
}

int write(int directory, const InjectedCall& call, const struct timespec times[2]) {
  constexpr int kFlags = O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY;
  const int fd = retry([&] { return ::openat(directory, call.name, kFlags); });
  if (fd < 0) return fd;
  const int touched = call.has(kTouch) && ::futimens(fd, times) < 0 ? -errno : 0;
  const int closed = ::close(fd) < 0 ? -errno : 0;
  return touched < 0 ? touched : closed;
}

class LinuxView : public PrivateView {
 public:
  ~LinuxView() override { close(); }
  int open(const char* point) override;
  void close() override;
  uint64_t device() const override { return device_; }
  int perform(const InjectedCall& call, bool anew) override;

 private:
  using Clock = std::chrono::steady_clock;
  /**
   * A burst of thousands of guarded calls would spend its time on looking. A mount that comes while a call is made is not
   * seen anyway, and nothing in here makes that impossible: what is kept must only not make it likelier by much.
   */
  static constexpr std::chrono::milliseconds kKept{20};

  bool isInTheWay(const InjectedCall& call, bool anew);
  int directory(uint64_t node, const char* way, Descriptor* opened) const;
  int stage(int parent, const char* name);

  enum { kNone, kOpen, kClosed } state_ = kNone;
  Descriptor tree_, stage_;
  uint64_t device_ = 0;
  bool inside_ = false;
  MountPoints points_;
  Clock::time_point found_{};
};

int LinuxView::open(const char* point) {
  Descriptor tree(static_cast<int>(::syscall(kOpenTree, AT_FDCWD, point, kOpenTreeClone | O_CLOEXEC)));
  if (!tree.valid()) return -errno;
  // Before INIT is answered nothing may be asked of the file system.
  struct statx root;
  if (::statx(tree.get(), "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, 0, &root) < 0) return -errno;
  // What is mounted below a shared public mount is to stay out. The kernels that were tried (6.1, 6.18) keep it out of a mount
  // without a tree by themselves; this one is not left to them, where it can be said (5.12).
  const MountAttributes secluded = {0, 0, MS_PRIVATE, 0};
  ::syscall(kMountSetattr, tree.get(), "", AT_EMPTY_PATH, &secluded, sizeof secluded);
  device_ = makedev(root.stx_dev_major, root.stx_dev_minor);
  tree_ = std::move(tree);
  state_ = kOpen;
  return 0;
}

void LinuxView::close() {
  if (state_ != kOpen) return;
  state_ = kClosed;
  device_ = 0;
  stage_.reset();
  // The last one who lets go waits in there for the last write-back.
  if (inside_ && ::chdir("/") < 0) ::chdir("/proc");
  tree_.reset();
}

bool LinuxView::isInTheWay(const InjectedCall& call, bool anew) {
  const Clock::time_point now = Clock::now();
  if (anew || now - found_ > kKept) {
    found_ = Clock::time_point{};
    // Who cannot look must not touch.
    if (points_.find(device_) < 0) return true;
    found_ = now;
  }
  return points_.concern(call.path) || points_.concern(call.path2);
}

/** The descriptor to work on, which `opened` holds unless it is the staging directory's; or -errno. */
int LinuxView::directory(uint64_t node, const char* way, Descriptor* opened) const {
  if (node == kStageNode) return stage_.valid() ? stage_.get() : -ESTALE;
  *opened = Descriptor(openNode(node));
  if (opened->get() == -ESTALE) *opened = Descriptor(walkTo(way, node));
  return opened->get();
}

int LinuxView::stage(int parent, const char* name) {
  const int fd = retry([&] { return ::openat(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC); });
  if (fd < 0) return fd;
  stage_ = Descriptor(fd);
  return 0;
}

int LinuxView::perform(const InjectedCall& call, bool anew) {
  if (state_ != kOpen) return state_ == kNone ? -EPERM : -ENODEV;
  if (!inside_ && ::fchdir(tree_.get()) < 0) return -errno;
  inside_ = true;
  if (call.has(kGuarded) && isInTheWay(call, anew)) return -EBUSY;
  Descriptor opened, opened2;
  const int parent = directory(call.parent, call.path, &opened);
  if (parent < 0) return parent;
  const bool two = call.kind == InjectKind::kLink || call.kind == InjectKind::kRename;
  const int parent2 = two ? directory(call.parent2, call.path2, &opened2) : -EBADF;
  if (two && parent2 < 0) return parent2;
  struct timespec times[2];
  fill(call.times, times);
  const auto make = [&]() -> long {
    struct statx ignored;
    switch (call.kind) {
      case InjectKind::kMknod:
        return ::mknodat(parent, call.name, call.mode, 0);
      case InjectKind::kMkdir:
        return ::mkdirat(parent, call.name, call.mode & 07777);
      case InjectKind::kSymlink:
        return ::symlinkat("elsewhere", parent, call.name);
      case InjectKind::kLink:
        return ::linkat(parent2, call.name2, parent, call.name, 0);
      case InjectKind::kUnlink:
        return ::unlinkat(parent, call.name, 0);
      case InjectKind::kRmdir:
        return ::unlinkat(parent, call.name, AT_REMOVEDIR);
      case InjectKind::kRename:
        return ::syscall(SYS_renameat2, parent, call.name, parent2, call.name2, call.mode);
      case InjectKind::kTimes:
        return ::utimensat(parent, call.name, times, AT_SYMLINK_NOFOLLOW);
      case InjectKind::kStat:
        return ::statx(parent, call.name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_STATX_FORCE_SYNC, STATX_BASIC_STATS,
                       &ignored);
      case InjectKind::kWritten:
      case InjectKind::kStage:
        break;
    }
    return 0;
  };
  if (call.kind == InjectKind::kWritten) return write(parent, call, times);
  if (call.kind == InjectKind::kStage) return stage(parent, call.name);
  // Not repeated when interrupted: the daemon may have answered already, and expects no second request.
  return make() < 0 ? -errno : 0;
}

}  // namespace

std::unique_ptr<PrivateView> beginView() {
  if (::unshare(CLONE_FS) < 0 || leaveDescriptors() < 0) return nullptr;
  ::umask(0);
  return std::make_unique<LinuxView>();
}

int threadNumber() { return static_cast<int>(::syscall(SYS_gettid)); }

}  // namespace platform
