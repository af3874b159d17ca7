/** Binds: a directory of a mounted superblock shown at another place (open_tree(2), move_mount(2), mount_setattr(2)). */
#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "fd.h"
#include "platform.h"
#include "retry.h"

namespace platform {

namespace {

// <linux/mount.h>: newer than some of the headers this is built with.
constexpr unsigned kOpenTreeClone = 1;
constexpr unsigned kMoveEmptyPath = 4;
constexpr uint64_t kAttributeReadOnly = 1;
#ifdef SYS_open_tree
constexpr long kOpenTree = SYS_open_tree;
#else
constexpr long kOpenTree = 428;
#endif
#ifdef SYS_move_mount
constexpr long kMoveMount = SYS_move_mount;
#else
constexpr long kMoveMount = 429;
#endif
#ifdef SYS_mount_setattr
constexpr long kMountSetattr = SYS_mount_setattr;
#else
constexpr long kMountSetattr = 442;
#endif

struct MountAttributes {
  uint64_t set, clear, propagation, userNamespace;
};

/** What mount(2) must repeat of a bind that it makes read-only. */
constexpr unsigned long kReadOnlyBind = MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV;

/** One component after the other, through no symlink: -errno, -ELOOP or -ENOTDIR where there is one, -EINVAL for ".." */
int walk(const char* root, const char* way, Descriptor* out) {
  constexpr int kFlags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  Descriptor at(retry([&] { return ::open(root, kFlags); }));
  if (!at.valid()) return at.get();
  for (std::string_view rest = way; !rest.empty();) {
    const size_t slash = rest.find('/');
    const std::string name(rest.substr(0, slash));
    if (name.empty() || name == "." || name == "..") return -EINVAL;
    Descriptor next(retry([&] { return ::openat(at.get(), name.c_str(), kFlags); }));
    if (!next.valid()) return next.get();
    at = std::move(next);
    rest.remove_prefix(slash == std::string_view::npos ? rest.size() : slash + 1);
  }
  *out = std::move(at);
  return 0;
}

/** Before anybody can see it, where the kernel can (5.12): 0, 1 if it has to be done afterwards, -errno. */
int makeReadOnly(int tree) {
  const MountAttributes attributes = {kAttributeReadOnly, 0, 0, 0};
  if (::syscall(kMountSetattr, tree, "", AT_EMPTY_PATH, &attributes, sizeof attributes) == 0) return 0;
  return errno == ENOSYS ? 1 : -errno;
}

}  // namespace

int bindDirectory(const char* root, const char* way, const char* target, bool readOnly) {
  Descriptor directory;
  const int walked = walk(root, way, &directory);
  if (walked < 0) return walked;
  constexpr unsigned kClone = kOpenTreeClone | O_CLOEXEC | AT_EMPTY_PATH;
  Descriptor tree(static_cast<int>(::syscall(kOpenTree, directory.get(), "", kClone)));
  if (!tree.valid()) return -errno;
  const int prepared = readOnly ? makeReadOnly(tree.get()) : 0;
  if (prepared < 0) return prepared;
  if (::syscall(kMoveMount, tree.get(), "", AT_FDCWD, target, kMoveEmptyPath) < 0) return -errno;
  if (prepared == 0 || ::mount(nullptr, target, nullptr, kReadOnlyBind, nullptr) == 0) return 0;
  const int failed = -errno;
  ::umount2(target, MNT_DETACH | UMOUNT_NOFOLLOW);
  return failed;
}

}  // namespace platform
