#include "shared_stream.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "platform.h"

/**
 * The words of one direction; each writer's words on cache lines of their own. `start`: a position that lies at the ring's
 * first byte; the others follow from it.
 */
struct SharedStream::Ring {
  alignas(128) std::atomic<uint64_t> written;
  std::atomic<uint64_t> start;
  std::atomic<uint32_t> starved;
  std::atomic<int32_t> processor;
  alignas(128) std::atomic<uint64_t> read;
  std::atomic<uint32_t> sleeping;
};

namespace {

static_assert(std::atomic<uint64_t>::is_always_lock_free && std::atomic<uint32_t>::is_always_lock_free);

/** The words come first, on memory of their own: a whole page of the largest size that Linux has (arm64). */
constexpr size_t kWords = 64 << 10;
/** Published in pieces, so that the reader works on the first while the next is copied. */
constexpr size_t kPiece = 128 * 1024;

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 8u  // <linux/memfd.h> of 6.3
#endif

/** Not executable, which a system may insist on (vm.memfd_noexec); kernels before 6.3 do not know the flag. */
int createMemory() {
  const int made = memfd_create("osmofs-lane", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);
  return made >= 0 || errno != EINVAL ? made : memfd_create("osmofs-lane", MFD_CLOEXEC | MFD_ALLOW_SEALING);
}

/** 0, or -errno. A page is plenty, and many pipes of the usual size would use up what an ordinary user may have. */
int createBell(Descriptor* listen, Descriptor* ring) {
  int both[2];
  if (pipe2(both, O_CLOEXEC | O_NONBLOCK) != 0) return -errno;
  *listen = Descriptor(both[0]);
  *ring = Descriptor(both[1]);
  fcntl(both[0], F_SETPIPE_SZ, 4096);
  return 0;
}

}  // namespace

SharedStream::SharedStream(Side side, Descriptor bell, Descriptor peerBell)
    : side_(side), bell_(std::move(bell)), peerBell_(std::move(peerBell)) {}

SharedStream::~SharedStream() {
  if (window_ != nullptr) munmap(window_, 4 * size_);
  if (base_ != nullptr) munmap(base_, kWords);
}

std::unique_ptr<SharedStream> SharedStream::create(size_t ringBytes, Descriptor guest[kDescriptors], int* error) {
  Descriptor memory(createMemory());
  const off_t size = static_cast<off_t>(kWords + 2 * ringBytes);
  // Sealed: a peer that shrank the memory would end this process with SIGBUS.
  if (!memory.valid() || ftruncate(memory.get(), size) < 0 ||
      fcntl(memory.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0) {
    *error = -errno;
    return nullptr;
  }
  Descriptor bell, peerBell;
  if ((*error = createBell(&bell, &guest[2])) < 0 || (*error = createBell(&guest[1], &peerBell)) < 0) return nullptr;
  std::unique_ptr<SharedStream> stream(new SharedStream(Side::kHost, std::move(bell), std::move(peerBell)));
  *error = stream->map(memory.get(), ringBytes);
  guest[0] = std::move(memory);
  return *error < 0 ? nullptr : std::move(stream);
}

std::unique_ptr<SharedStream> SharedStream::open(Descriptor guest[kDescriptors], int* error) {
  struct stat status {};
  if (fstat(guest[0].get(), &status) < 0) {
    *error = -errno;
    return nullptr;
  }
  const size_t size = static_cast<size_t>(status.st_size);
  const size_t ringBytes = size > kWords ? (size - kWords) / 2 : 0;
  const int seals = fcntl(guest[0].get(), F_GET_SEALS);
  if (!possible(ringBytes) || size != kWords + 2 * ringBytes || seals < 0 || (seals & F_SEAL_SHRINK) == 0) {
    *error = -EPROTO;
    return nullptr;
  }
  std::unique_ptr<SharedStream> stream(new SharedStream(Side::kGuest, std::move(guest[1]), std::move(guest[2])));
  *error = stream->map(guest[0].get(), ringBytes);
  return *error < 0 ? nullptr : std::move(stream);
}

/** The words, then a window of four ring sizes: each ring twice in a row. The memory stays without its descriptor. */
int SharedStream::map(int memory, size_t ringBytes) {
  size_ = ringBytes;
  constexpr int kAccess = PROT_READ | PROT_WRITE;
  void* const base = mmap(nullptr, kWords, kAccess, MAP_SHARED, memory, 0);
  if (base == MAP_FAILED) return -errno;
  base_ = static_cast<uint8_t*>(base);
  void* const window = mmap(nullptr, 4 * size_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (window == MAP_FAILED) return -errno;
  window_ = static_cast<uint8_t*>(window);
  for (size_t half = 0; half < 4; half++) {
    const off_t at = static_cast<off_t>(kWords + (half / 2) * size_);
    if (mmap(window_ + half * size_, size_, kAccess, MAP_SHARED | MAP_FIXED, memory, at) == MAP_FAILED) return -errno;
  }
  static_assert(2 * sizeof(Ring) <= 4096);
  auto* const rings = reinterpret_cast<Ring*>(base_);
  // Ring 0 carries requests (guest to host), ring 1 replies.
  const int outgoing = side_ == Side::kHost ? 1 : 0;
  out_ = rings + outgoing;
  in_ = rings + 1 - outgoing;
  outBytes_ = window_ + static_cast<size_t>(outgoing) * 2 * size_;
  inBytes_ = window_ + static_cast<size_t>(1 - outgoing) * 2 * size_;
  return 0;
}

void SharedStream::ringPeer() {
  // EAGAIN: it rings already, more than enough. EPIPE (Node ignores SIGPIPE): gone, as our own bell will tell.
  (void)!::write(peerBell_.get(), "", 1);
}

bool SharedStream::silence() {
  uint8_t rings[64];
  return ::read(bell_.get(), rings, sizeof rings) != 0;
}

int64_t SharedStream::room() {
  const uint64_t used = written_ - out_->read.load(std::memory_order_acquire);
  return used > size_ ? -EPROTO : static_cast<int64_t>(size_ - used);
}

/**
 * For an empty ring: the next bytes lie at its first byte again. Short messages that are read at once always use the same few
 * cache lines, and what a lane never needed of its ring is never touched. The reader learns of it with the next position: as
 * long as it has anything left to read, the start stays.
 */
void SharedStream::rewind() {
  start_ = written_;
  out_->start.store(start_, std::memory_order_relaxed);
}

void SharedStream::publish(size_t length) {
  written_ += length;
  out_->processor.store(platform::currentProcessor(), std::memory_order_relaxed);
  out_->written.store(written_, std::memory_order_release);
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (out_->sleeping.load(std::memory_order_relaxed) != 0 && out_->sleeping.exchange(0) != 0) ringPeer();
}

uint8_t* SharedStream::reserve(size_t length) {
  const int64_t free = room();
  if (free == static_cast<int64_t>(size_)) rewind();
  return free >= static_cast<int64_t>(length) ? writeAt() : nullptr;
}

int64_t SharedStream::write(const struct iovec* parts, int count) {
  int64_t taken = 0;
  for (int at = 0; at < count; at++) {
    const auto* bytes = static_cast<const uint8_t*>(parts[at].iov_base);
    size_t left = parts[at].iov_len;
    while (left > 0) {
      const int64_t free = room();
      if (free < 0) return free;
      if (free == static_cast<int64_t>(size_)) rewind();
      const size_t now = std::min({left, static_cast<size_t>(free), kPiece});
      if (now == 0) return taken;
      std::memcpy(writeAt(), bytes, now);
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
  // Any start at all leads to a byte of the ring, of which `size_` more are mapped behind it.
  *bytes = inBytes_ + ((read_ - in_->start.load(std::memory_order_relaxed)) & (size_ - 1));
  return static_cast<int64_t>(available);
}

void SharedStream::consume(size_t length) {
  read_ += length;
  in_->read.store(read_, std::memory_order_release);
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (in_->starved.load(std::memory_order_relaxed) != 0 && in_->starved.exchange(0) != 0) ringPeer();
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

void SharedStream::wakeUp() { in_->sleeping.store(0, std::memory_order_relaxed); }
