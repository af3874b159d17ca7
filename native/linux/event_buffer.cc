#include "event_buffer.h"

#include <sys/inotify.h>

#include <cstring>

namespace {

constexpr size_t kHeader = sizeof(struct inotify_event);
static_assert(kHeader == 16);

/** Mapped and given back one by one. */
constexpr size_t kChunk = 64 * 1024;
/** What is left of a chunk below this is not worth a system call. */
constexpr size_t kLeastSpace = 4096;
static_assert(kLeastSpace >= kLargestRecord);

size_t recordSize(const uint8_t* record) {
  struct inotify_event header;
  std::memcpy(&header, record, kHeader);
  return kHeader + header.len;
}

}  // namespace

bool EventBuffer::grow() {
  Chunk made;
  made.memory = Mapping::create(kChunk);
  if (made.memory == nullptr) return false;
  chunks_.push_back(std::move(made));
  return true;
}

EventBuffer::Space EventBuffer::space() {
  // Without memory it is as if there were no room.
  if (kChunk - chunks_.back().end < kLeastSpace && !grow()) drop();
  const Chunk& tail = chunks_.back();
  return {tail.memory->base() + tail.end, kChunk - tail.end};
}

void EventBuffer::add(size_t length) {
  Chunk& tail = chunks_.back();
  uint8_t* const begin = tail.memory->base() + tail.end;
  uint8_t* to = begin;
  size_t size;
  for (const uint8_t* from = begin; from < begin + length; from += size) {
    size = recordSize(from);
    events_++;
    if (last_ != nullptr && recordSize(last_) == size && std::memcmp(last_, from, size) == 0) {
      merged_++;
      continue;
    }
    if (to != from) std::memmove(to, from, size);
    last_ = to;
    to += size;
    waiting_++;
  }
  const auto added = static_cast<size_t>(to - begin);
  tail.end += added;
  bytes_ += added;
  if (bytes_ > limit_) drop();
}

void EventBuffer::drop() {
  chunks_.resize(1);
  chunks_.front().begin = chunks_.front().end = 0;
  dropped_ += waiting_;
  waiting_ = bytes_ = 0;
  last_ = nullptr;
  lost_ = true;
  losses_++;
}

size_t EventBuffer::held() const { return bytes_ + (lost_ ? kHeader : 0); }

size_t EventBuffer::mapped() const { return chunks_.size() * kChunk; }

size_t EventBuffer::take(uint8_t* out, size_t capacity) {
  size_t taken = 0;
  if (lost_) {
    if (capacity < kHeader) return 0;
    const struct inotify_event overflow = {-1, IN_Q_OVERFLOW, 0, 0};
    std::memcpy(out, &overflow, kHeader);
    taken = kHeader;
    lost_ = false;
  }
  while (bytes_ > 0) {
    Chunk& front = chunks_.front();
    const uint8_t* const from = front.memory->base() + front.begin;
    size_t fits = 0;
    while (front.begin + fits < front.end) {
      const size_t size = recordSize(from + fits);
      if (taken + fits + size > capacity) break;
      fits += size;
      waiting_--;
    }
    std::memcpy(out + taken, from, fits);
    taken += fits;
    bytes_ -= fits;
    front.begin += fits;
    if (front.begin < front.end) break;
    if (chunks_.size() > 1) {
      chunks_.pop_front();
    } else {
      front.begin = front.end = 0;
    }
  }
  // Where the last one stood, something else will stand.
  if (bytes_ == 0) last_ = nullptr;
  return taken;
}
