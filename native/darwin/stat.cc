/** Looking at objects. Sources: stat(2), readlink(2), access(2), statfs(2). */
#include <sys/stat.h>

#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "place.h"
#include "platform.h"
#include "system.h"

namespace platform {

namespace {

/** Linux's encoding of a device number in 32 bits (new_encode_dev): minor 0-7, major 8-19, minor 20-31. */
uint32_t linuxDevice(dev_t device) {
  const uint32_t high = static_cast<uint32_t>(major(device));
  const uint32_t low = static_cast<uint32_t>(minor(device));
  return (low & 0xff) | (high << 8) | ((low & ~0xffu) << 12);
}

void fill(const struct ::stat& from, StatRecord* out) {
  *out = StatRecord{};
  out->attr.ino = from.st_ino;
  out->attr.size = static_cast<uint64_t>(from.st_size);
  out->attr.blocks = static_cast<uint64_t>(from.st_blocks);
  out->attr.atime = static_cast<uint64_t>(from.st_atimespec.tv_sec);
  out->attr.mtime = static_cast<uint64_t>(from.st_mtimespec.tv_sec);
  out->attr.ctime = static_cast<uint64_t>(from.st_ctimespec.tv_sec);
  out->attr.atimensec = static_cast<uint32_t>(from.st_atimespec.tv_nsec);
  out->attr.mtimensec = static_cast<uint32_t>(from.st_mtimespec.tv_nsec);
  out->attr.ctimensec = static_cast<uint32_t>(from.st_ctimespec.tv_nsec);
  out->attr.mode = from.st_mode;
  out->attr.nlink = from.st_nlink;
  out->attr.uid = from.st_uid;
  out->attr.gid = from.st_gid;
  out->attr.rdev = linuxDevice(from.st_rdev);
  out->attr.blksize = static_cast<uint32_t>(from.st_blksize);
  out->dev = static_cast<uint32_t>(from.st_dev);
  out->btime = from.st_birthtimespec.tv_sec;
  out->btimeNsec = static_cast<uint32_t>(from.st_birthtimespec.tv_nsec);
  // File systems without birth times leave -1 (FAT) or nothing.
  out->hasBtime = from.st_birthtimespec.tv_sec > 0 ? 1 : 0;
}

int look(int fd, const char* target, struct ::stat* out) {
  if (target != nullptr) return done([&] { return ::fstatat(fd, target, out, AT_SYMLINK_NOFOLLOW); });
  if (standInOf(fd) == nullptr) return done([&] { return ::fstat(fd, out); });
  Place place;
  const int found = findPlace(fd, &place);
  if (found == 0) return done([&] { return ::fstatat(place.base, place.name, out, AT_SYMLINK_NOFOLLOW); });
  if (found != -ESTALE) return found;
  // Neither its name nor its number leads to it: it is unlinked, and nothing of it can change any more.
  *out = place.holder->seen;
  out->st_nlink = 0;
  return 0;
}

}  // namespace

int stat(int fd, const char* target, StatRecord* out) {
  struct ::stat found;
  const int looked = look(fd, target, &found);
  if (looked == 0) fill(found, out);
  return looked;
}

int statBirth(int fd, const char* target, StatRecord* out) { return stat(fd, target, out); }

int readlink(int fd, const char* target, char* out, size_t capacity) {
  if (target != nullptr) {
    return static_cast<int>(retried([&] { return ::readlinkat(fd, target, out, capacity); }));
  }
#ifdef __MAC_13_0
  if (__builtin_available(macOS 13.0, *)) {
    if (standInOf(fd) == nullptr) return static_cast<int>(retried([&] { return ::freadlink(fd, out, capacity); }));
  }
#endif
  Place place;
  const int found = findPlace(fd, &place);
  if (found < 0) return found;
  return static_cast<int>(retried([&] { return ::readlinkat(place.base, place.name, out, capacity); }));
}

int access(int fd, const char* target, int mask) {
  // R_OK, W_OK, X_OK and F_OK have Linux's numbers.
  constexpr int kHow = AT_EACCESS | AT_SYMLINK_NOFOLLOW;
  if (target != nullptr) return done([&] { return ::faccessat(fd, target, mask, kHow); });
  Place place;
  const int found = findPlace(fd, &place);
  if (found < 0) return found;
  return done([&] { return ::faccessat(place.base, place.name, mask, kHow); });
}

int statfs(int fd, FuseKstatfs* out) {
  const auto standIn = standInOf(fd);
  const int descriptor = standIn == nullptr ? fd : standIn->directory.get();
  struct ::statfs found;
  const int looked = done([&] { return ::fstatfs(descriptor, &found); });
  if (looked < 0) return looked;
  *out = FuseKstatfs{};
  out->blocks = found.f_blocks;
  out->bfree = found.f_bfree;
  out->bavail = found.f_bavail;
  out->files = found.f_files;
  out->ffree = found.f_ffree;
  // f_iosize is the optimal transfer size and no unit of the counts above.
  out->bsize = found.f_bsize;
  out->frsize = found.f_bsize;
  const long longest = ::fpathconf(descriptor, _PC_NAME_MAX);
  out->namelen = longest > 0 ? static_cast<uint32_t>(longest) : 255;
  return 0;
}

}  // namespace platform
