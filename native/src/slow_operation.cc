/** The operations of the pool and their replies. */
#include <errno.h>

#include "error.h"
#include "platform.h"
#include "pool.h"
#include "thread.h"

namespace {

/** struct fuse_write_out: what COPY_FILE_RANGE is answered with. */
struct WriteOut {
  uint32_t size, padding;
};

/**
 * One piece of a copy. Where the system cannot clone it copies, and a pool thread should not be gone for minutes; the
 * caller of copy_file_range(2) goes on by itself.
 */
constexpr uint64_t kLongestCopy = 256 << 20;

int64_t copyRange(Operation& operation, WriteOut* out) {
  const uint64_t length = operation.args[2] < kLongestCopy ? operation.args[2] : kLongestCopy;
  const int64_t copied =
      platform::copyRange(operation.fd(), operation.args[0], operation.b.fd(), operation.args[1], length);
  if (copied >= 0) *out = {static_cast<uint32_t>(copied), 0};
  return copied;
}

void readAndReply(Operation& operation) {
  Lane& lane = *operation.lane;
  const uint64_t length = operation.args[1];
  if (length > lane.limit() - sizeof(ReplyHeader)) {
    lane.reply(operation.unique, -EINVAL, nullptr, 0);
    return;
  }
  uint8_t* const buffer = threadScratch(length == 0 ? 1 : length);
  const int64_t got =
      buffer == nullptr ? -ENOMEM : platform::pread(operation.fd(), buffer, length, operation.args[0]);
  lane.reply(operation.unique, got, buffer, got < 0 ? 0 : static_cast<size_t>(got));
}

}  // namespace

void perform(Operation& operation) {
  int64_t result = -EINVAL;
  WriteOut copied;
  platform::FuseKstatfs statistics;
  const void* body = nullptr;
  size_t length = 0;
  switch (operation.kind) {
    case SlowOp::kFsync:
    case SlowOp::kFsyncFd:
      result = platform::sync(operation.fd(), platform::Sync::kFile);
      break;
    case SlowOp::kFdatasync:
      result = platform::sync(operation.fd(), platform::Sync::kData);
      break;
    case SlowOp::kSyncfs:
    case SlowOp::kSyncfsFd:
      result = platform::sync(operation.fd(), platform::Sync::kFileSystem);
      break;
    case SlowOp::kFallocate:
      result = platform::allocate(operation.fd(), operation.args[0], operation.args[1],
                                  static_cast<uint32_t>(operation.args[2]));
      break;
    case SlowOp::kCopyRange:
      result = copyRange(operation, &copied);
      body = &copied;
      length = sizeof copied;
      break;
    case SlowOp::kStatfsFd:
      result = platform::statfs(operation.fd(), &statistics);
      body = &statistics;
      length = sizeof statistics;
      break;
    case SlowOp::kRead:
      readAndReply(operation);
      return;
    case SlowOp::kLockWait:
    case SlowOp::kFlockWait:
      break;
  }
  operation.lane->reply(operation.unique, result, body, length);
}
