/** Shared memory is for a guest on the same kernel, which a Mac never has. */
#include "shared_stream.h"

#include <errno.h>

struct SharedStream::Ring {};

std::unique_ptr<SharedStream> SharedStream::create(size_t, Descriptor*, int* error) {
  *error = -ENOTSUP;
  return nullptr;
}
std::unique_ptr<SharedStream> SharedStream::open(Descriptor*, int* error) {
  *error = -ENOTSUP;
  return nullptr;
}
SharedStream::~SharedStream() = default;
bool SharedStream::silence() { return false; }
int64_t SharedStream::write(const struct iovec*, int) { return -ENOTSUP; }
uint8_t* SharedStream::reserve(size_t) { return nullptr; }
void SharedStream::publish(size_t) {}
bool SharedStream::starve() { return false; }
int SharedStream::peerProcessor() const { return -1; }
int64_t SharedStream::peek(const uint8_t**) { return -ENOTSUP; }
void SharedStream::consume(size_t) {}
int64_t SharedStream::read(void*, size_t) { return -ENOTSUP; }
bool SharedStream::fallAsleep(size_t) { return true; }
void SharedStream::wakeUp() {}
