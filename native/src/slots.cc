#include "slots.h"

#include <errno.h>

#include "args.h"
#include "fd.h"

namespace {

/** O_ACCMODE and what it holds, as the flags of a slot have them: Linux numbers on every system. */
constexpr int32_t kAccess = 3, kReadOnly = 0, kWriteOnly = 1, kReadWrite = 2;

}  // namespace

SlotTable::SlotTable(int32_t count) : count_(count), slots_(new Slot[static_cast<size_t>(count)]) {}

SlotTable::~SlotTable() {
  for (int32_t slot = 0; slot < count_; slot++) finish(&slots_[slot]);
}

void SlotTable::abandon() { Registry<SlotTable>::all().remove(this); }

void SlotTable::finish(Slot* slot) {
  // One thread gets here: whoever took the last pin back. Until the descriptor is closed the slot counts as used.
  const int fd = slot->fd.load(std::memory_order_acquire);
  if (fd < 0) return;
  closeDescriptor(fd);
  slot->fd.store(-1, std::memory_order_release);
}

int SlotTable::open(int32_t slot, int32_t generation, int fd, int32_t flags, uint64_t node) {
  Slot* const s = at(slot);
  if (s == nullptr || fd < 0) return -EBADF;
  // fd stays set until the last pin is back, and kClosed until the stores below are visible.
  int32_t none = -1;
  if (!s->fd.compare_exchange_strong(none, fd, std::memory_order_acq_rel)) return -EBUSY;
  s->generation.store(generation, std::memory_order_relaxed);
  s->flags.store(flags, std::memory_order_relaxed);
  s->node.store(node, std::memory_order_relaxed);
  s->pins.store(0, std::memory_order_release);
  return 0;
}

int SlotTable::pin(int32_t slot, int32_t generation) {
  Slot* const s = at(slot);
  if (s == nullptr) return -EBADF;
  uint32_t pins = s->pins.load(std::memory_order_acquire);
  do {
    if ((pins & kClosed) != 0) return -EBADF;
  } while (!s->pins.compare_exchange_weak(pins, pins + 1, std::memory_order_acq_rel, std::memory_order_acquire));
  // Only now can neither the generation nor the descriptor change.
  if (s->generation.load(std::memory_order_relaxed) == generation) return s->fd.load(std::memory_order_relaxed);
  unpin(slot);
  return -EBADF;
}

int SlotTable::pinNode(int32_t slot, uint64_t node, bool writing) {
  Slot* const s = at(slot);
  if (s == nullptr || node == 0) return -EBADF;
  uint32_t pins = s->pins.load(std::memory_order_acquire);
  do {
    if ((pins & kClosed) != 0) return -EBADF;
  } while (!s->pins.compare_exchange_weak(pins, pins + 1, std::memory_order_acq_rel, std::memory_order_acquire));
  const int32_t access = s->flags.load(std::memory_order_relaxed) & kAccess;
  const bool allowed = access == kReadWrite || access == (writing ? kWriteOnly : kReadOnly);
  if (allowed && s->node.load(std::memory_order_relaxed) == node) return s->fd.load(std::memory_order_relaxed);
  unpin(slot);
  return -EBADF;
}

int SlotTable::unpin(int32_t slot) {
  Slot* const s = at(slot);
  if (s == nullptr) return -EBADF;
  uint32_t pins = s->pins.load(std::memory_order_acquire);
  do {
    if ((pins & ~kClosed) == 0) return -EBADF;
  } while (!s->pins.compare_exchange_weak(pins, pins - 1, std::memory_order_acq_rel, std::memory_order_acquire));
  if (pins - 1 == kClosed) finish(s);
  return 0;
}

int SlotTable::flags(int32_t slot, int32_t generation) {
  Slot* const s = at(slot);
  if (s == nullptr || (s->pins.load(std::memory_order_acquire) & kClosed) != 0) return -EBADF;
  const int32_t found = s->flags.load(std::memory_order_relaxed) & 0x7fffffff;
  return s->generation.load(std::memory_order_relaxed) == generation ? found : -EBADF;
}

int SlotTable::close(int32_t slot, int32_t generation) {
  Slot* const s = at(slot);
  if (s == nullptr) return -EBADF;
  // A pin of our own: a close on another thread cannot finish, nor the slot be opened anew, between test and change.
  const int fd = pin(slot, generation);
  if (fd < 0) return fd;
  const bool first = (s->pins.fetch_or(kClosed, std::memory_order_acq_rel) & kClosed) == 0;
  const bool last = s->pins.fetch_sub(1, std::memory_order_acq_rel) - 1 == kClosed;
  if (last) finish(s);
  if (!first) return -EBADF;
  return last ? 1 : 0;
}

int SlotTable::closeIdle(int32_t slot, int32_t generation) {
  Slot* const s = at(slot);
  if (s == nullptr) return -EBADF;
  const int fd = pin(slot, generation);
  if (fd < 0) return fd;
  // Our own pin is the only one, or it is not idle.
  uint32_t alone = 1;
  if (!s->pins.compare_exchange_strong(alone, kClosed, std::memory_order_acq_rel)) {
    unpin(slot);
    return 0;
  }
  finish(s);
  return 1;
}

int SlotTable::pinned(int32_t slot) const {
  const Slot* const s = at(slot);
  if (s == nullptr || (s->pins.load(std::memory_order_acquire) & ~kClosed) == 0) return -EBADF;
  return s->fd.load(std::memory_order_relaxed);
}

int SlotTable::pins(int32_t slot) const {
  const Slot* const s = at(slot);
  if (s == nullptr) return -EBADF;
  const uint32_t pins = s->pins.load(std::memory_order_acquire);
  if (pins == kClosed) return s->fd.load(std::memory_order_acquire) >= 0 ? 1 : 0;
  return static_cast<int>(pins & ~kClosed);
}

namespace calls {
namespace {

using Result = int64_t;
constexpr int32_t kMostSlots = 1 << 24;

Result slotsCreate(Environment& e, int32_t count) {
  if (count < 1 || count > kMostSlots) return -EINVAL;
  auto made = std::make_shared<SlotTable>(count);
  e.own(made);
  return Registry<SlotTable>::all().add(std::move(made));
}

Result slotsAttach(Environment& e, int32_t id) {
  std::shared_ptr<SlotTable> table = Registry<SlotTable>::all().find(id);
  if (table == nullptr) return -ENOENT;
  if (e.slots != nullptr && e.slots != table) return -EBUSY;
  e.slots = std::move(table);
  return 0;
}

Result slotsDestroy(Environment& e, int32_t id) {
  const std::shared_ptr<SlotTable> table = Registry<SlotTable>::all().find(id);
  if (table == nullptr) return -ENOENT;
  table->abandon();
  e.disown(table.get());
  return 0;
}

Result slotOpen(Environment& e, int32_t slot, int32_t generation, int32_t fd, int32_t flags) {
  return e.slots == nullptr ? -EBADF : e.slots->open(slot, generation, fd, flags, 0);
}
uint64_t nodeOf(int32_t lo, int32_t hi) {
  return static_cast<uint64_t>(static_cast<uint32_t>(hi)) << 32 | static_cast<uint32_t>(lo);
}
Result slotOpenNode(Environment& e, int32_t slot, int32_t generation, int32_t fd, int32_t flags, int32_t nodeLo,
                    int32_t nodeHi) {
  const uint64_t node = nodeOf(nodeLo, nodeHi);
  if (e.slots == nullptr) return -EBADF;
  return node == 0 ? -EINVAL : e.slots->open(slot, generation, fd, flags, node);
}
Result slotPin(Environment& e, int32_t slot, int32_t generation) {
  return e.slots == nullptr ? -EBADF : e.slots->pin(slot, generation);
}
Result slotPinNode(Environment& e, int32_t slot, int32_t nodeLo, int32_t nodeHi, int32_t writing) {
  return e.slots == nullptr ? -EBADF : e.slots->pinNode(slot, nodeOf(nodeLo, nodeHi), writing != 0);
}
Result slotUnpin(Environment& e, int32_t slot) { return e.slots == nullptr ? -EBADF : e.slots->unpin(slot); }
Result slotFlags(Environment& e, int32_t slot, int32_t generation) {
  return e.slots == nullptr ? -EBADF : e.slots->flags(slot, generation);
}
Result slotPins(Environment& e, int32_t slot) { return e.slots == nullptr ? -EBADF : e.slots->pins(slot); }
Result slotClose(Environment& e, int32_t slot, int32_t generation) {
  return e.slots == nullptr ? -EBADF : e.slots->close(slot, generation);
}
Result slotCloseIdle(Environment& e, int32_t slot, int32_t generation) {
  return e.slots == nullptr ? -EBADF : e.slots->closeIdle(slot, generation);
}

}  // namespace
}  // namespace calls

void registerSlotCalls(Registrar& r) {
  r.add<calls::slotsCreate>("slotsCreate");
  r.add<calls::slotsAttach>("slotsAttach");
  r.add<calls::slotsDestroy>("slotsDestroy");
  r.add<calls::slotOpen>("slotOpen");
  r.add<calls::slotOpenNode>("slotOpenNode");
  r.add<calls::slotPin>("slotPin");
  r.add<calls::slotPinNode>("slotPinNode");
  r.add<calls::slotUnpin>("slotUnpin");
  r.add<calls::slotFlags>("slotFlags");
  r.add<calls::slotPins>("slotPins");
  r.add<calls::slotClose>("slotClose");
  r.add<calls::slotCloseIdle>("slotCloseIdle");
}
