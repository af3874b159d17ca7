/** The calls on one object behind a descriptor: attributes, extended attributes, locks, bytes, wakers. */
#include <errno.h>

#include "args.h"
#include "platform.h"

// Named, because most of these carry the name of a C function.
namespace calls {
namespace {

using Result = int64_t;

Result chmod(Environment&, int32_t fd, int32_t mode) { return platform::chmod(fd, static_cast<mode_t>(mode)); }

Result chown(Environment&, int32_t fd, int32_t uid, int32_t gid) {
  return platform::chown(fd, static_cast<uint32_t>(uid), static_cast<uint32_t>(gid));
}

Result utimens(Environment& e, int32_t fd, int32_t timesOff) {
  struct {
    platform::TimeChange both[2];
  } times;
  if (!e.arena.load(timesOff, &times)) return -EFAULT;
  return platform::utimens(fd, times.both);
}

Result truncate(Environment& e, int32_t fd, int32_t sizeOff) {
  uint64_t size;
  return e.arena.load(sizeOff, &size) ? platform::truncate(fd, size) : -EFAULT;
}

Result seek(Environment& e, int32_t fd, int32_t offsetOff, int32_t whence) {
  int64_t offset;
  if (!e.arena.load(offsetOff, &offset)) return -EFAULT;
  const int64_t found = platform::seek(fd, offset, whence);
  if (found < 0) return found;
  e.arena.store(offsetOff, found);
  return 0;
}

// -- extended attributes -----------------------------------------------------------------------------------------------

Result getxattr(Environment& e, int32_t fd, int32_t nameOff, int32_t attributeOff, int32_t outOff, int32_t capacity) {
  const Text target = e.arena.target(nameOff);
  if (target.error != 0) return target.error;
  const Text attribute = e.arena.attribute(attributeOff);
  if (attribute.error != 0) return attribute.error;
  uint8_t* out = e.arena.bytes(capacity == 0 ? 0 : outOff, capacity);
  if (out == nullptr) return -EFAULT;
  return platform::getxattr(fd, target.text, attribute.text, out, static_cast<size_t>(capacity));
}

Result setxattr(Environment& e, int32_t fd, int32_t nameOff, int32_t attributeOff, int32_t valueOff, int32_t length,
                int32_t flags) {
  const Text target = e.arena.target(nameOff);
  if (target.error != 0) return target.error;
  const Text attribute = e.arena.attribute(attributeOff);
  if (attribute.error != 0) return attribute.error;
  const uint8_t* value = e.arena.bytes(valueOff, length);
  if (value == nullptr) return -EFAULT;
  return platform::setxattr(fd, target.text, attribute.text, value, static_cast<size_t>(length), flags);
}

Result listxattr(Environment& e, int32_t fd, int32_t nameOff, int32_t outOff, int32_t capacity) {
  const Text target = e.arena.target(nameOff);
  if (target.error != 0) return target.error;
  uint8_t* out = e.arena.bytes(capacity == 0 ? 0 : outOff, capacity);
  if (out == nullptr) return -EFAULT;
  return platform::listxattr(fd, target.text, reinterpret_cast<char*>(out), static_cast<size_t>(capacity));
}

Result removexattr(Environment& e, int32_t fd, int32_t nameOff, int32_t attributeOff) {
  const Text target = e.arena.target(nameOff);
  if (target.error != 0) return target.error;
  const Text attribute = e.arena.attribute(attributeOff);
  return attribute.error != 0 ? attribute.error : platform::removexattr(fd, target.text, attribute.text);
}

// -- locks -------------------------------------------------------------------------------------------------------------

Result lockTest(Environment& e, int32_t fd, int32_t lockOff) {
  platform::FileLock lock;
  if (!e.arena.load(lockOff, &lock)) return -EFAULT;
  const int result = platform::lockTest(fd, &lock);
  if (result >= 0) e.arena.store(lockOff, lock);
  return result;
}

Result lockSet(Environment& e, int32_t fd, int32_t lockOff) {
  platform::FileLock lock;
  return e.arena.load(lockOff, &lock) ? platform::lockSet(fd, lock) : -EFAULT;
}

Result flock(Environment&, int32_t fd, int32_t operation) { return platform::flock(fd, operation); }

// -- bytes -------------------------------------------------------------------------------------------------------------

Result pread(Environment& e, int32_t fd, int32_t outOff, int32_t length, int32_t positionOff) {
  uint64_t position;
  uint8_t* out = e.arena.bytes(outOff, length);
  if (out == nullptr || !e.arena.load(positionOff, &position)) return -EFAULT;
  return platform::pread(fd, out, static_cast<size_t>(length), position);
}

Result pwrite(Environment& e, int32_t fd, int32_t inOff, int32_t length, int32_t positionOff, int32_t append) {
  uint64_t position;
  const uint8_t* in = e.arena.bytes(inOff, length);
  if (in == nullptr || !e.arena.load(positionOff, &position)) return -EFAULT;
  if (append != 0) return platform::append(fd, in, static_cast<size_t>(length));
  return platform::pwrite(fd, in, static_cast<size_t>(length), position);
}

// -- wakers ------------------------------------------------------------------------------------------------------------

Result wakerCreate(Environment&) { return platform::wakerCreate(); }
Result wakerSignal(Environment&, int32_t fd) { return platform::wakerSignal(fd); }
Result wakerDrain(Environment&, int32_t fd) { return platform::wakerDrain(fd); }

}  // namespace
}  // namespace calls

void registerObjectCalls(Registrar& r) {
  r.add<calls::chmod>("chmod");
  r.add<calls::chown>("chown");
  r.add<calls::utimens>("utimens");
  r.add<calls::truncate>("truncate");
  r.add<calls::seek>("seek");
  r.add<calls::getxattr>("getxattr");
  r.add<calls::setxattr>("setxattr");
  r.add<calls::listxattr>("listxattr");
  r.add<calls::removexattr>("removexattr");
  r.add<calls::lockTest>("lockTest");
  r.add<calls::lockSet>("lockSet");
  r.add<calls::flock>("flock");
  r.add<calls::pread>("pread");
  r.add<calls::pwrite>("pwrite");
  r.add<calls::wakerCreate>("wakerCreate");
  r.add<calls::wakerSignal>("wakerSignal");
  r.add<calls::wakerDrain>("wakerDrain");
}
