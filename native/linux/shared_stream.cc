#include "shared_stream.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "platform.h"

/** The words of one direction; each writer's words on cache lines of their own. */
struct SharedStream::Ring {
  alignas(128) std::atomic<uint64_t> written;
  std::atomic<uint32_t> starved;
  std::atomic<int32_t> processor;
  alignas(128) std::atomic<uint64_t> read;
  std::atomic<uint32_t> sleeping;
};

namespace {

constexpr size_t kPage = 4096;
constexpr size_t kLargestRing = 64 << 20;
/** Published in pieces, so that the reader works on the first while the next is copied. */
constexpr size_t kPiece = 128 * 1024;

}  // namespace

SharedStream::SharedStream(Descriptor memory, Descriptor host, Descriptor guest, Side side)
    : memory_(std::move(memory)), hostWake_(std::move(host)), guestWake_(std::move(guest)), side_(side) {}

SharedStream::~SharedStream() {
  if (window_ != nullptr) munmap(window_, 4 * size_);
  if (base_ != nullptr) munmap(base_, kPage);
}

std::unique_ptr<SharedStream> SharedStream::create(size_t ringBytes, int* error) {
  Descriptor memory(memfd_create("osmofs-lane", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  Descriptor host(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  Descriptor guest(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  const off_t size = static_cast<off_t>(kPage + 2 * ringBytes);
  // Sealed: a peer that shrank the memory would end this process with SIGBUS.
  if (!memory.valid() || !host.valid() || !guest.valid() || ftruncate(memory.get(), size) < 0 ||
      fcntl(memory.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0) {
    *error = -errno;
    return nullptr;
  }
  std::unique_ptr<SharedStream> stream(
      new SharedStream(std::move(memory), std::move(host), std::move(guest), Side::kHost));
  *error = stream->map(ringBytes);
  return *error < 0 ? nullptr : std::move(stream);
}

std::unique_ptr<SharedStream> SharedStream::open(Descriptor memory, Descriptor host, Descriptor guest, int* error) {
  struct stat status {};
  *error = 0;
  if (fstat(memory.get(), &status) < 0) {
    *error = -errno;
    return nullptr;
  }
  const size_t ringBytes = (static_cast<size_t>(status.st_size) - kPage) / 2;
  const int seals = fcntl(memory.get(), F_GET_SEALS);
  const bool power = ringBytes >= kPage && (ringBytes & (ringBytes - 1)) == 0 && ringBytes <= kLargestRing;
  if (status.st_size <= static_cast<off_t>(kPage) || !power || seals < 0 || (seals & F_SEAL_SHRINK) == 0) {
    *error = -EPROTO;
    return nullptr;
  }
  std::unique_ptr<SharedStream> stream(
      new SharedStream(std::move(memory), std::move(host), std::move(guest), Side::kGuest));
  *error = stream->map(ringBytes);
  return *error < 0 ? nullptr : std::move(stream);
}

/** One page of words, then a window of four ring sizes: each ring twice in a row. */
int SharedStream::map(size_t ringBytes) {
  size_ = ringBytes;
  constexpr int kAccess = PROT_READ | PROT_WRITE;
  void* const base = mmap(nullptr, kPage, kAccess, MAP_SHARED, memory_.get(), 0);
  if (base == MAP_FAILED) return -errno;
  base_ = static_cast<uint8_t*>(base);
  void* const window = mmap(nullptr, 4 * size_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (window == MAP_FAILED) return -errno;
  window_ = static_cast<uint8_t*>(window);
  for (size_t half = 0; half < 4; half++) {
    const off_t at = static_cast<off_t>(kPage + (half / 2) * size_);
    if (mmap(window_ + half * size_, size_, kAccess, MAP_SHARED | MAP_FIXED, memory_.get(), at) == MAP_FAILED) {
      return -errno;
    }
  }
  static_assert(2 * sizeof(Ring) <= kPage);
  auto* const rings = reinterpret_cast<Ring*>(base_);
  // Ring 0 carries requests (guest to host), ring 1 replies.
  const int outgoing = side_ == Side::kHost ? 1 : 0;
  out_ = rings + outgoing;
  in_ = rings + 1 - outgoing;
  outBytes_ = window_ + static_cast<size_t>(outgoing) * 2 * size_;
  inBytes_ = window_ + static_cast<size_t>(1 - outgoing) * 2 * size_;
  return 0;
}

int SharedStream::descriptor(int index) const {
  return index == 0 ? memory_.get() : index == 1 ? hostWake_.get() : guestWake_.get();
}

void SharedStream::signalPeer() {
  const uint64_t one = 1;
  // EAGAIN: the counter is full, so it is signalled.
  (void)!::write(side_ == Side::kHost ? guestWake_.get() : hostWake_.get(), &one, sizeof one);
}

int64_t SharedStream::room() {
  const uint64_t used = written_ - out_->read.load(std::memory_order_acquire);
  return used > size_ ? -EPROTO : static_cast<int64_t>(size_ - used);
}

void SharedStream::publish(size_t length) {
  written_ += length;
  out_->processor.store(platform::currentProcessor(), std::memory_order_relaxed);
  out_->written.store(written_, std::memory_order_release);
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (out_->sleeping.load(std::memory_order_relaxed) != 0 && out_->sleeping.exchange(0) != 0) signalPeer();
}

uint8_t* SharedStream::reserve(size_t length) {
  return room() >= static_cast<int64_t>(length) ? outBytes_ + written_ % size_ : nullptr;
}

int64_t SharedStream::write(const struct iovec* parts, int count) {
  int64_t taken = 0;
  for (int at = 0; at < count; at++) {
    const auto* bytes = static_cast<const uint8_t*>(parts[at].iov_base);
    size_t left = parts[at].iov_len;
    while (left > 0) {
      const int64_t free = room();
      if (free < 0) return free;
      const size_t now = std::min({left, static_cast<size_t>(free), kPiece});
      if (now == 0) return taken;
      std::memcpy(outBytes_ + written_ % size_, bytes, now);
      publish(now);
      bytes += now;
      left -= now;
      taken += static_cast<int64_t>(now);
    }
  }
  return taken;
}

bool SharedStream::starve() {
  out_->starved.store(1);
  std::atomic_thread_fence(std::memory_order_seq_cst);
  return room() > 0;
}

int SharedStream::peerProcessor() const { return in_->processor.load(std::memory_order_relaxed); }

int64_t SharedStream::peek(const uint8_t** bytes) {
  const uint64_t available = in_->written.load(std::memory_order_acquire) - read_;
  if (available > size_) return -EPROTO;
  *bytes = inBytes_ + read_ % size_;
  return static_cast<int64_t>(available);
}

void SharedStream::consume(size_t length) {
  read_ += length;
  in_->read.store(read_, std::memory_order_release);
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (in_->starved.load(std::memory_order_relaxed) != 0 && in_->starved.exchange(0) != 0) signalPeer();
}

int64_t SharedStream::read(void* out, size_t capacity) {
  const uint8_t* bytes;
  const int64_t available = peek(&bytes);
  if (available <= 0) return available;
  const size_t now = std::min(capacity, static_cast<size_t>(available));
  std::memcpy(out, bytes, now);
  consume(now);
  return static_cast<int64_t>(now);
}

bool SharedStream::fallAsleep(size_t seen) {
  in_->sleeping.store(1);
  std::atomic_thread_fence(std::memory_order_seq_cst);
  const uint8_t* bytes;
  const int64_t available = peek(&bytes);
  return available < 0 || available > static_cast<int64_t>(seen);
}

void SharedStream::wakeUp() {
  in_->sleeping.store(0, std::memory_order_relaxed);
  uint64_t count;
  (void)!::read(wake(), &count, sizeof count);
}
