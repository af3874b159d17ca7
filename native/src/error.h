/**
 * The one border between the system's errno numbers and Linux's. Everything behind it speaks the system's own numbers,
 * everything that leaves it (a result to TypeScript, a status in the arena, the error of a FUSE reply) went through
 * `linuxResult`.
 */
#pragma once

#include <cstddef>
#include <cstdint>

/** As a result: the control descriptor woke the caller. Outside the range of errno, see os.ts. */
inline constexpr int32_t kWoken = -10000;
/** As a result: the peer broke the framing. */
inline constexpr int32_t kBadFrame = -10001;
/** As results: the daemon announces something that makes no sense, or more than it may. */
inline constexpr int32_t kBadAnnouncement = -10002, kTooManyAnnouncements = -10003;

/** Takes the translation table, index = the system's errno, value = Linux's; the first one given stays. */
void setErrnoTable(const int32_t* table, size_t length);

/** Linux's number for one of the system's; EIO for a number that Linux does not have. */
int32_t linuxErrno(int64_t systemErrno);

/** Translates a result: >= 0 and the special results above pass, -errno becomes Linux's. */
inline int32_t linuxResult(int64_t result) {
  if (result >= 0 || result <= kWoken) return static_cast<int32_t>(result);
  return -linuxErrno(-result);
}
