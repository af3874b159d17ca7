/** The calls on descriptors, names and directories: arguments checked, then the system's own function. */
#include <errno.h>
#include <sys/stat.h>

#include "args.h"
#include "fd.h"
#include "platform.h"
#include "thread.h"

// Named, because most of these carry the name of a C function.
namespace calls {
namespace {

using Result = int64_t;

// -- descriptors -------------------------------------------------------------------------------------------------------

Result openRoot(Environment& e, int32_t pathOff) {
  const Text path = e.arena.path(pathOff);
  return path.error != 0 ? path.error : platform::openRoot(path.text);
}

Result openDirectory(Environment& e, int32_t dirfd, int32_t nameOff) {
  const Text name = e.arena.name(nameOff);
  return name.error != 0 ? name.error : platform::openDirectory(dirfd, name.text);
}

Result openObject(Environment& e, int32_t dirfd, int32_t nameOff) {
  const Text name = e.arena.name(nameOff);
  return name.error != 0 ? name.error : platform::openObject(dirfd, name.text);
}

Result openFile(Environment& e, int32_t dirfd, int32_t nameOff, int32_t flags, int32_t mode) {
  const Text name = e.arena.name(nameOff);
  return name.error != 0 ? name.error : platform::openFile(dirfd, name.text, flags, static_cast<mode_t>(mode));
}

Result reopen(Environment&, int32_t fd, int32_t flags) { return platform::reopen(fd, flags); }

Result openTemporary(Environment&, int32_t dirfd, int32_t flags, int32_t mode) {
  return platform::openTemporary(dirfd, flags, static_cast<mode_t>(mode));
}

Result closeFile(Environment&, int32_t fd) { return closeDescriptor(fd); }

Result duplicate(Environment&, int32_t fd) { return platform::duplicate(fd); }

Result pathOf(Environment& e, int32_t fd, int32_t outOff, int32_t capacity) {
  uint8_t* out = e.arena.bytes(outOff, capacity);
  return out == nullptr ? -EFAULT : platform::pathOf(fd, reinterpret_cast<char*>(out), static_cast<size_t>(capacity));
}

Result standBack(Environment&) {
  ::standBack();
  return 0;
}

Result releaseStartMemory(Environment&) {
  platform::releaseStartMemory();
  return 0;
}

Result raiseDescriptorLimit(Environment&) { return platform::raiseDescriptorLimit(); }

// -- looking -----------------------------------------------------------------------------------------------------------

template <int (*Look)(int, const char*, platform::StatRecord*)>
Result look(Environment& e, int32_t fd, int32_t nameOff, int32_t outOff) {
  const Text target = e.arena.target(nameOff);
  if (target.error != 0) return target.error;
  uint8_t* out = e.arena.bytes(outOff, sizeof(platform::StatRecord));
  if (out == nullptr) return -EFAULT;
  platform::StatRecord record;
  const int result = Look(fd, target.text, &record);
  if (result >= 0) std::memcpy(out, &record, sizeof record);
  return result;
}

Result readlink(Environment& e, int32_t fd, int32_t nameOff, int32_t outOff, int32_t capacity) {
  const Text target = e.arena.target(nameOff);
  if (target.error != 0) return target.error;
  uint8_t* out = e.arena.bytes(outOff, capacity);
  if (out == nullptr) return -EFAULT;
  return platform::readlink(fd, target.text, reinterpret_cast<char*>(out), static_cast<size_t>(capacity));
}

Result access(Environment& e, int32_t fd, int32_t nameOff, int32_t mask) {
  const Text target = e.arena.target(nameOff);
  return target.error != 0 ? target.error : platform::access(fd, target.text, mask);
}

Result statfs(Environment& e, int32_t fd, int32_t outOff) {
  uint8_t* out = e.arena.bytes(outOff, sizeof(platform::FuseKstatfs));
  if (out == nullptr) return -EFAULT;
  platform::FuseKstatfs record{};
  const int result = platform::statfs(fd, &record);
  if (result >= 0) std::memcpy(out, &record, sizeof record);
  return result;
}

Result fileSystemOf(Environment& e, int32_t fd, int32_t outOff) {
  if (e.arena.bytes(outOff, sizeof(platform::FileSystemRecord)) == nullptr) return -EFAULT;
  platform::FileSystemRecord record{};
  const int result = platform::fileSystemOf(fd, &record);
  if (result >= 0) e.arena.store(outOff, record);
  return result;
}

Result fileSystems(Environment& e, int32_t outOff, int32_t capacity) {
  uint8_t* out = e.arena.bytes(outOff, capacity);
  return out == nullptr ? -EFAULT : platform::fileSystems(out, static_cast<size_t>(capacity));
}

Result readDirectory(Environment& e, int32_t fd, int32_t cookieOff, int32_t outOff, int32_t capacity) {
  uint64_t cookie;
  uint8_t* out = e.arena.bytes(outOff, capacity);
  if (out == nullptr || !e.arena.load(cookieOff, &cookie)) return -EFAULT;
  return platform::readDirectory(fd, cookie, out, static_cast<size_t>(capacity));
}

// -- changing the tree -------------------------------------------------------------------------------------------------

Result mknod(Environment& e, int32_t dirfd, int32_t nameOff, int32_t mode) {
  const Text name = e.arena.name(nameOff);
  if (name.error != 0) return name.error;
  const mode_t type = static_cast<mode_t>(mode) & S_IFMT;
  if (type != S_IFREG && type != S_IFIFO && type != S_IFSOCK) return -EPERM;
  return platform::mknod(dirfd, name.text, static_cast<mode_t>(mode));
}

Result mkdir(Environment& e, int32_t dirfd, int32_t nameOff, int32_t mode) {
  const Text name = e.arena.name(nameOff);
  return name.error != 0 ? name.error : platform::mkdir(dirfd, name.text, static_cast<mode_t>(mode));
}

Result symlink(Environment& e, int32_t contentOff, int32_t dirfd, int32_t nameOff) {
  const Text content = e.arena.path(contentOff);
  if (content.error != 0) return content.error;
  const Text name = e.arena.name(nameOff);
  return name.error != 0 ? name.error : platform::symlink(content.text, dirfd, name.text);
}

Result unlink(Environment& e, int32_t dirfd, int32_t nameOff) {
  const Text name = e.arena.name(nameOff);
  return name.error != 0 ? name.error : platform::unlink(dirfd, name.text);
}

Result rmdir(Environment& e, int32_t dirfd, int32_t nameOff) {
  const Text name = e.arena.name(nameOff);
  return name.error != 0 ? name.error : platform::rmdir(dirfd, name.text);
}

Result rename(Environment& e, int32_t fromDir, int32_t fromOff, int32_t toDir, int32_t toOff, int32_t flags) {
  const Text from = e.arena.name(fromOff);
  if (from.error != 0) return from.error;
  const Text to = e.arena.name(toOff);
  if (to.error != 0) return to.error;
  return platform::rename(fromDir, from.text, toDir, to.text, static_cast<unsigned>(flags));
}

Result link(Environment& e, int32_t fd, int32_t toDir, int32_t nameOff) {
  const Text name = e.arena.name(nameOff);
  return name.error != 0 ? name.error : platform::link(fd, toDir, name.text);
}

}  // namespace
}  // namespace calls

void registerFileCalls(Registrar& r) {
  r.add<calls::openRoot>("openRoot");
  r.add<calls::openDirectory>("openDirectory");
  r.add<calls::openObject>("openObject");
  r.add<calls::openFile>("openFile");
  r.add<calls::reopen>("reopen");
  r.add<calls::openTemporary>("openTemporary");
  r.add<calls::closeFile>("close");
  r.add<calls::duplicate>("duplicate");
  r.add<calls::pathOf>("pathOf");
  r.add<calls::releaseStartMemory>("releaseStartMemory");
  r.add<calls::standBack>("standBack");
  r.add<calls::raiseDescriptorLimit>("raiseDescriptorLimit");
  r.add<calls::look<platform::stat>>("stat");
  r.add<calls::look<platform::statBirth>>("statBirth");
  r.add<calls::readlink>("readlink");
  r.add<calls::access>("access");
  r.add<calls::statfs>("statfs");
  r.add<calls::fileSystemOf>("fileSystemOf");
  r.add<calls::fileSystems>("fileSystems");
  r.add<calls::readDirectory>("readDirectory");
  r.add<calls::mknod>("mknod");
  r.add<calls::mkdir>("mkdir");
  r.add<calls::symlink>("symlink");
  r.add<calls::unlink>("unlink");
  r.add<calls::rmdir>("rmdir");
  r.add<calls::rename>("rename");
  r.add<calls::link>("link");
}
