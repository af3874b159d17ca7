/**
 * The memory through which TypeScript and the addon exchange bytes: one mapping per thread, addressed by offsets, every
 * access checked against its size. The mapping is counted: the ArrayBuffer in JavaScript and the thread that attached
 * it each hold it, so neither garbage collection nor the end of one of them leaves the other with a dangling address.
 */
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>

/** Page-aligned anonymous memory. */
class Mapping {
 public:
  /** nullptr if the system has no memory. */
  static std::shared_ptr<Mapping> create(size_t bytes);
  /** The living mapping that starts at `base`, if there is one. */
  static std::shared_ptr<Mapping> at(const void* base);
  ~Mapping();
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

  uint8_t* base() const { return base_; }
  size_t size() const { return size_; }

 private:
  Mapping(uint8_t* base, size_t size) : base_(base), size_(size) {}
  uint8_t* base_;
  size_t size_;
};

/** NUL-terminated bytes in the arena; `error` is 0 or -errno. `text` may be nullptr for a target that is SELF. */
struct Text {
  const char* text;
  int error;
};

class Arena {
 public:
  void attach(std::shared_ptr<Mapping> mapping);
  bool attached() const { return mapping_ != nullptr; }
  bool is(const Mapping* mapping) const { return mapping_.get() == mapping; }

  /** Address of `length` bytes at `offset`, nullptr if they are not all inside. */
  uint8_t* bytes(int32_t offset, int64_t length) const {
    if (offset < 0 || length < 0 || offset > size_ || length > size_ - offset) return nullptr;
    return base_ + offset;
  }
  /** Bytes from `offset` to the end of the arena. */
  int64_t room(int32_t offset) const { return offset < 0 || offset > size_ ? 0 : size_ - offset; }

  /** Copies a record out of the arena (which is unaligned in general); false if it is not inside. */
  template <typename Record>
  bool load(int32_t offset, Record* out) const {
    const uint8_t* from = bytes(offset, sizeof(Record));
    if (from == nullptr) return false;
    std::memcpy(out, from, sizeof(Record));
    return true;
  }
  template <typename Record>
  bool store(int32_t offset, const Record& record) const {
    uint8_t* to = bytes(offset, sizeof(Record));
    if (to == nullptr) return false;
    std::memcpy(to, &record, sizeof(Record));
    return true;
  }

  /** One path component: -ENAMETOOLONG above 255 bytes, -ENOENT if empty, -EINVAL with '/' in it or for "..". */
  Text name(int32_t offset) const;
  /** As `name`, or SELF (-1): {nullptr, 0}. */
  Text target(int32_t offset) const { return offset == -1 ? Text{nullptr, 0} : name(offset); }
  /** A path or the content of a symlink: -ENAMETOOLONG above 4095 bytes. */
  Text path(int32_t offset) const;
  /** The name of an extended attribute: -ERANGE above 255 bytes, as Linux says it. */
  Text attribute(int32_t offset) const;

 private:
  Text text(int32_t offset, int64_t longest, int tooLong) const;

  std::shared_ptr<Mapping> mapping_;
  uint8_t* base_ = nullptr;
  int64_t size_ = 0;
};
