#include "vring.h"

#include <errno.h>

#include <algorithm>
#include <cstring>

#include "platform.h"

namespace vsock {

namespace {

// <linux/virtio_ring.h>
constexpr uint16_t kNext = 1, kWrite = 2, kIndirect = 4;
constexpr uint16_t kNoInterrupt = 1, kNoNotify = 1;

// Virtio 1.x is little-endian, and so is every machine that this runs on.
template <typename Word>
Word load(const uint8_t* at) {
  return __atomic_load_n(reinterpret_cast<const Word*>(at), __ATOMIC_ACQUIRE);
}
template <typename Word>
void store(uint8_t* at, Word value) {
  __atomic_store_n(reinterpret_cast<Word*>(at), value, __ATOMIC_RELEASE);
}
void fence() { __atomic_thread_fence(__ATOMIC_SEQ_CST); }

/** What was copied from the driver's memory is not read there a second time: it could be something else by then. */
void readOnce() { __asm__ __volatile__("" ::: "memory"); }

/** Copies from a list of pieces; false if it is shorter. */
bool copyFrom(const std::vector<struct iovec>& pieces, size_t offset, void* out, size_t length) {
  auto* to = static_cast<uint8_t*>(out);
  for (const struct iovec& piece : pieces) {
    if (offset >= piece.iov_len) {
      offset -= piece.iov_len;
      continue;
    }
    const size_t part = std::min(length, piece.iov_len - offset);
    std::memcpy(to, static_cast<const uint8_t*>(piece.iov_base) + offset, part);
    to += part;
    length -= part;
    offset = 0;
    if (length == 0) return true;
  }
  return length == 0;
}

}  // namespace

int Vring::start(const GuestMemory& memory, const RingRecord& record, bool eventIndex, bool indirect) {
  running_ = false;
  if (record.size == 0 || record.size > kMostSize || (record.size & (record.size - 1)) != 0) return -EINVAL;
  if (record.base > 0xffff) return -EINVAL;
  record_ = record;
  eventIndex_ = eventIndex;
  indirect_ = indirect;
  const int resolved = relocate(memory);
  if (resolved != 0) return resolved;
  lastAvailable_ = static_cast<uint16_t>(record.base);
  // The used index is the driver's memory too: after a restart it goes on from there.
  usedIndex_ = load<uint16_t>(used_ + 2);
  publishedIndex_ = toldIndex_ = usedIndex_;
  toldAny_ = false;
  broken_ = nullptr;
  running_ = true;
  return 0;
}

int Vring::relocate(const GuestMemory& memory) {
  const uint64_t size = record_.size;
  // Each ring has the u16 of the event index at its end (§2.7).
  descriptors_ = memory.atUser(record_.descriptors, 16 * size);
  available_ = memory.atUser(record_.available, 6 + 2 * size);
  used_ = memory.atUser(record_.used, 6 + 8 * size);
  const auto aligned = [](const uint8_t* at, uintptr_t to) { return reinterpret_cast<uintptr_t>(at) % to == 0; };
  if (descriptors_ != nullptr && available_ != nullptr && used_ != nullptr && aligned(descriptors_, 16) &&
      aligned(available_, 2) && aligned(used_, 4)) {
    return 0;
  }
  running_ = false;
  return -EFAULT;
}

uint16_t Vring::waiting() {
  if (!running()) return 0;
  const uint16_t count = static_cast<uint16_t>(load<uint16_t>(available_ + 2) - lastAvailable_);
  if (count <= record_.size) return count;
  fail("the available index is further ahead than the ring is long");
  return 0;
}

bool Vring::follow(const GuestMemory& memory, const uint8_t* table, const std::vector<struct iovec>* indirectTable,
                   uint32_t count, uint16_t at, bool writable, std::vector<struct iovec>& pieces, Chain* out) {
  // A chain cannot be longer than its table unless it runs in a circle.
  for (uint32_t seen = 0; seen < count; seen++) {
    if (at >= count) return fail("a descriptor's number is outside its table");
    Descriptor16 descriptor;
    if (indirectTable == nullptr) std::memcpy(&descriptor, table + 16 * at, sizeof descriptor);
    else if (!copyFrom(*indirectTable, 16 * static_cast<size_t>(at), &descriptor, sizeof descriptor)) {
      return fail("an indirect table is shorter than it says");
    }
    readOnce();
    if ((descriptor.flags & kIndirect) != 0) {
      if (indirectTable != nullptr || !indirect_) return fail("an indirect descriptor where there must be none");
      if ((descriptor.flags & kNext) != 0) return fail("an indirect descriptor has a successor");
      const uint32_t entries = descriptor.length / 16;
      if (descriptor.length % 16 != 0 || entries == 0 || entries > kMostSize) {
        return fail("an indirect table has an impossible length");
      }
      table_.clear();
      if (!memory.collect(descriptor.address, descriptor.length, kMostPieces, table_)) {
        return fail("an indirect table lies outside the guest's memory");
      }
      return follow(memory, nullptr, &table_, entries, 0, writable, pieces, out);
    }
    if (((descriptor.flags & kWrite) != 0) != writable) return fail("a descriptor goes in the wrong direction");
    if (!memory.collect(descriptor.address, descriptor.length, out->firstPiece + kMostPieces, pieces)) {
      return fail("a buffer lies outside the guest's memory");
    }
    out->bytes += descriptor.length;
    if ((descriptor.flags & kNext) == 0) {
      out->pieces = pieces.size() - out->firstPiece;
      return true;
    }
    at = descriptor.next;
  }
  return fail("a chain of descriptors has no end");
}

bool Vring::peek(const GuestMemory& memory, uint16_t ahead, bool writable, std::vector<struct iovec>& pieces,
                 Chain* out) {
  const uint16_t place = static_cast<uint16_t>(lastAvailable_ + ahead) & (record_.size - 1);
  const uint16_t head = load<uint16_t>(available_ + 4 + 2 * place);
  *out = {head, pieces.size(), 0, 0};
  return follow(memory, descriptors_, nullptr, record_.size, head, writable, pieces, out);
}

void Vring::keep(const Chain& chain, uint32_t written) {
  uint8_t* const element = used_ + 4 + 8 * static_cast<size_t>(usedIndex_ & (record_.size - 1));
  store<uint32_t>(element, chain.head);
  store<uint32_t>(element + 4, written);
  usedIndex_++;
  lastAvailable_++;
}

void Vring::publish() {
  store<uint16_t>(used_ + 2, usedIndex_);
  publishedIndex_ = usedIndex_;
}

void Vring::ignoreKicks() {
  // With an event index an old one that has been passed does the same.
  if (running() && !eventIndex_) store<uint16_t>(used_, kNoNotify);
}

void Vring::expectKicks() {
  if (!running()) return;
  if (eventIndex_) store<uint16_t>(used_ + 4 + 8 * static_cast<size_t>(record_.size), lastAvailable_);
  else store<uint16_t>(used_, 0);
  fence();
}

void Vring::notify() {
  if (!running() || toldIndex_ == usedIndex_) return;
  publish();
  fence();
  bool wanted;
  if (eventIndex_) {
    const uint16_t event = load<uint16_t>(available_ + 4 + 2 * static_cast<size_t>(record_.size));
    wanted = !toldAny_ ||
             static_cast<uint16_t>(usedIndex_ - event - 1) < static_cast<uint16_t>(usedIndex_ - toldIndex_);
    toldAny_ = true;
  } else {
    wanted = (load<uint16_t>(available_) & kNoInterrupt) == 0;
  }
  toldIndex_ = usedIndex_;
  if (wanted && call.valid()) platform::wakerSignal(call.get());
}

}  // namespace vsock
