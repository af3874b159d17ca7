#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

/** Puts NUL-terminated texts one behind the other into memory of a given size. */
class TextWriter {
 public:
  TextWriter(uint8_t* out, size_t capacity) : out_(out), capacity_(capacity) {}

  /** False if it does not fit; nothing is written then. */
  bool put(const char* text) {
    const size_t size = std::strlen(text) + 1;
    if (size > capacity_ - used_) return false;
    std::memcpy(out_ + used_, text, size);
    used_ += size;
    return true;
  }

  size_t used() const { return used_; }

 private:
  uint8_t* const out_;
  const size_t capacity_;
  size_t used_ = 0;
};
