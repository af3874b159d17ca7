/**
 * The handle table of a mount: open descriptors that the metadata lane opens and closes while the data lane and the pool
 * read and write through them. An operation pins the slot for its duration; closing forbids new pins, and whoever takes
 * the last pin back closes the descriptor. So a descriptor number is never used after its file was closed, without any
 * lock.
 */
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "registry.h"

class SlotTable : public Owned {
 public:
  explicit SlotTable(int32_t count);
  /** Nobody can hold a pin any more: closes what is left. */
  ~SlotTable() override;
  void abandon() override;

  int open(int32_t slot, int32_t generation, int fd, int32_t flags, uint64_t node);
  int pin(int32_t slot, int32_t generation);
  /** For whoever knows the node only: nothing but the test under the pin says that the slot is this node's. */
  int pinNode(int32_t slot, uint64_t node, bool writing);
  int unpin(int32_t slot);
  int flags(int32_t slot, int32_t generation);
  int close(int32_t slot, int32_t generation);
  /** Only if nobody has it pinned. */
  int closeIdle(int32_t slot, int32_t generation);
  /** The descriptor of a slot that the caller has pinned; -EBADF if nobody has. */
  int pinned(int32_t slot) const;
  /** Operations under way, the last one's close included. */
  int pins(int32_t slot) const;

 private:
  struct Slot {
    std::atomic<int32_t> fd{-1};
    /** Operations under way, and kClosed. */
    std::atomic<uint32_t> pins{kClosed};
    std::atomic<int32_t> generation{0};
    std::atomic<int32_t> flags{0};
    /** nodeid of the file of a slot that is found by it; 0, which no node has: by its number only */
    std::atomic<uint64_t> node{0};
  };
  static constexpr uint32_t kClosed = 0x80000000u;

  Slot* at(int32_t slot) const { return slot >= 0 && slot < count_ ? &slots_[slot] : nullptr; }
  static void finish(Slot* slot);

  int32_t count_;
  std::unique_ptr<Slot[]> slots_;
};

/** A pin that was taken elsewhere and is given back here. */
class Pin {
 public:
  Pin() = default;
  Pin(std::shared_ptr<SlotTable> table, int32_t slot) : table_(std::move(table)), slot_(slot) {}
  Pin(Pin&& other) noexcept = default;
  Pin& operator=(Pin&& other) noexcept {
    reset();
    table_ = std::move(other.table_);
    slot_ = other.slot_;
    return *this;
  }
  ~Pin() { reset(); }

  int fd() const { return table_->pinned(slot_); }
  bool held() const { return table_ != nullptr; }
  /** Leaves the pin to whoever took it. */
  void forget() { table_.reset(); }
  void reset() {
    if (table_ == nullptr) return;
    table_->unpin(slot_);
    table_.reset();
  }

 private:
  std::shared_ptr<SlotTable> table_;
  int32_t slot_ = -1;
};
