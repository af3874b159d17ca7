/** READ and WRITE on a lane in shared memory: between the file, the ring and the guest's kernel, with no copy in between. */
#include <errno.h>

#include <algorithm>
#include <cstring>

#include "error.h"
#include "lane.h"
#include "platform.h"
#include "spin.h"

namespace {

/** A WRITE's bytes are taken in pieces of this size, so that their sender's copy and the file's overlap. */
constexpr size_t kWorthWriting = 128 * 1024;
constexpr size_t kPage = 4096;
constexpr int kSpinMicroseconds = 50;

}  // namespace

Lane::Direct Lane::beginDirect(size_t most) {
  Direct direct;
  if (shared_ == nullptr || peerGone_.load()) return direct;
  direct.held = std::unique_lock<std::mutex>(sending_);
  if (broken_ == 0 && !streaming_ && backlog_.empty()) direct.bytes = shared_->reserve(most);
  direct.stream = shared_.get();
  return direct;
}

int Lane::replyReadShared(int fd, uint64_t unique, uint64_t position, size_t length) {
  if (length > limit_ - sizeof(ReplyHeader)) return reply(unique, -EINVAL, nullptr, 0);
  uint8_t* place = nullptr;
  {
    std::lock_guard<std::mutex> held(sending_);
    if (broken_ != 0) return broken_;
    if (backlog_.empty()) place = shared_->reserve(sizeof(ReplyHeader) + length);
    streaming_ = place != nullptr;
  }
  if (place == nullptr) return replyReadCopied(fd, unique, position, length);
  // Without the mutex: a disk may take its time, and nobody else may have to wait for it.
  const int64_t got = length == 0 ? 0 : platform::pread(fd, place + sizeof(ReplyHeader), length, position);
  const size_t body = got < 0 ? 0 : static_cast<size_t>(got);
  const ReplyHeader header = {static_cast<uint32_t>(sizeof(ReplyHeader) + body), got < 0 ? linuxResult(got) : 0, unique};
  std::memcpy(place, &header, sizeof header);
  std::lock_guard<std::mutex> held(sending_);
  streaming_ = false;
  if (broken_ != 0) return broken_;
  shared_->publish(header.len);
  return flushHolding();
}

Lane::Received Lane::receiveWriteShared(int fd, const uint8_t* buffer, size_t have, size_t length, uint64_t position) {
  Received result = {0, 0, 0, 0};
  const auto put = [&](const uint8_t* bytes, size_t count) {
    if (result.failure != 0) return;
    result.put(count, [&](size_t done) { return platform::pwrite(fd, bytes + done, count - done, position + done); });
    position += count;
  };
  if (have > 0 || length == 0) put(buffer, have);
  size_t remaining = length - have;
  while (remaining > 0) {
    // Looked at first: what was written before the end counts.
    const bool gone = peerGone_.load();
    const uint8_t* bytes;
    int64_t available = shared_->peek(&bytes);
    const int64_t wanted = static_cast<int64_t>(std::min(remaining, kWorthWriting));
    for (Spin spin(kSpinMicroseconds); available >= 0 && available < wanted && !gone && spin.more();) {
      available = shared_->peek(&bytes);
    }
    if (available == 0) {
      result.status = gone ? -ECONNRESET : wait(POLLIN);
    } else if (available < 0) {
      result.status = static_cast<int>(available);
    }
    if (result.status != 0) break;
    if (available == 0) continue;
    size_t now = std::min(remaining, static_cast<size_t>(available));
    // Whole pages as long as more follows: half a page costs the page cache nearly as much as a whole one.
    const size_t uneven = now < remaining ? static_cast<size_t>((position + now) % kPage) : 0;
    if (uneven < now) now -= uneven;
    put(bytes, now);
    shared_->consume(now);
    remaining -= now;
    result.received += now;
    // A sender that gives a few bytes at a time must not keep the waker from being seen.
    if (available < wanted && remaining > 0 && signalled()) {
      result.status = kWoken;
      break;
    }
  }
  if (result.written == 0 && result.failure < 0) result.written = result.failure;
  return result;
}
