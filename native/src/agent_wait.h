/** Waiting for the kernel's requests and the daemon's replies at once: what a mount's worker does nearly all the time. */
#pragma once

#include <cstdint>

#include "lane.h"

class AgentWait {
 public:
  struct Room {
    uint8_t* bytes;
    /** 0: this side is not asked */
    size_t size;
  };

  /** The lane of WRITE requests of `least` bytes and more, if they may go there straight from /dev/fuse, or nullptr. */
  struct Bulk {
    Lane* lane;
    size_t least;
  };

  AgentWait(int fuse, Room fuseRoom, Lane& lane, Room laneRoom, Bulk bulk)
      : fuse_(fuse), fuseRoom_(fuseRoom), lane_(lane), laneRoom_(laneRoom), bulk_(bulk) {}

  /** 0 if one of the results is not 0, kWoken, or -errno. */
  int run(int spinMicroseconds, int milliseconds);

  /** bytes of a request that was read, or -errno */
  int64_t fuseResult = 0;
  /** bytes received, or -errno */
  int64_t laneResult = 0;
  /** bytes of a WRITE that is on its way already */
  int64_t bulkResult = 0;

 private:
  bool asksFuse() const;
  bool look();
  bool lookOften();
  int runShared(int spinMicroseconds, int milliseconds);
  int runSocket(int spinMicroseconds, int milliseconds);
  int sleep(int timeout);
  int64_t readRequest();

  int fuse_;
  Room fuseRoom_;
  Lane& lane_;
  Room laneRoom_;
  Bulk bulk_;
  /** Sides that are worth a look; a socket's after poll(2) has said so. */
  bool fuseReady_ = true, laneReady_ = true;
};
