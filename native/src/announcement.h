/** What the daemon announces, taken apart and checked: protocol/announce.ts. */
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "platform.h"

/** struct announce_inject: what is behind the header of an INJECT, before the names. */
struct AnnounceInject {
  uint64_t seq;
  uint32_t kind, flags;
  uint64_t parent, parent2;
  int64_t atime, mtime;
  uint32_t atimensec, mtimensec, mode, namelen, name2len, pathlen, path2len, padding;
};
static_assert(sizeof(AnnounceInject) == 80);

enum class InjectKind : uint32_t {
  kMknod = 1,
  kMkdir,
  kSymlink,
  kLink,
  kUnlink,
  kRmdir,
  kRename,
  kTimes,
  kWritten,
  kStat,
  kStage,
};

inline constexpr uint32_t kOmitAtime = 1, kOmitMtime = 2, kTouch = 4, kGuarded = 8, kWalk = 16;
/** The nodeid of the staging directory. */
inline constexpr uint64_t kStageNode = UINT64_MAX;

/** A system call to be made on the mount. The texts are NUL-terminated; those without a meaning are "". */
struct InjectedCall {
  uint64_t seq;
  InjectKind kind;
  uint32_t flags;
  uint64_t parent, parent2;
  platform::TimeChange times[2];
  uint32_t mode;
  const char *name, *name2, *path, *path2;

  bool has(uint32_t flag) const { return (flags & flag) != 0; }
};

/** One announcement; it owns the bytes that `call` points into. Moving it is all right. */
struct Announcement {
  enum class Kind { kNotification, kInject, kBarrier } kind = Kind::kNotification;
  std::vector<uint8_t> message;
  /** of INJECT and BARRIER */
  uint64_t seq = 0;
  /** of INJECT */
  InjectedCall call{};
};

/** False if these bytes are none: nothing in `out` means anything then. */
bool parseAnnouncement(const uint8_t* message, size_t length, Announcement* out);
