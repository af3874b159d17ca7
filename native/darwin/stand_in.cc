#include "stand_in.h"

#include <fcntl.h>
#include <sys/event.h>

#include <atomic>
#include <mutex>
#include <new>
#include <unordered_map>

#include "system.h"

namespace platform {

namespace {

struct Table {
  std::mutex mutex;
  std::unordered_map<int, std::shared_ptr<const StandIn>> byDescriptor;
  std::atomic<size_t> size{0};
};

// Never destroyed: threads of the pool may still close descriptors while the process runs its exit handlers.
Table& table() {
  static Table& only = *new Table;
  return only;
}

int enter(std::shared_ptr<const StandIn> made) {
  Descriptor inert(::kqueue());
  if (!inert.valid()) return -errno;
  if (::fcntl(inert.get(), F_SETFD, FD_CLOEXEC) == -1) return -errno;
  Table& all = table();
  const std::lock_guard<std::mutex> lock(all.mutex);
  all.byDescriptor[inert.get()] = std::move(made);
  all.size.store(all.byDescriptor.size());
  return inert.release();
}

}  // namespace

int makeStandIn(int dirfd, const char* name, const struct ::stat& seen) {
  const int directory = retried([&] { return ::fcntl(dirfd, F_DUPFD_CLOEXEC, 0); });
  if (directory < 0) return directory;
  Descriptor held(directory);
  try {
    return enter(std::make_shared<const StandIn>(StandIn{std::move(held), name, seen}));
  } catch (const std::bad_alloc&) {
    return -ENOMEM;
  }
}

std::shared_ptr<const StandIn> standInOf(int fd) {
  Table& all = table();
  if (all.size.load() == 0) return nullptr;
  const std::lock_guard<std::mutex> lock(all.mutex);
  const auto found = all.byDescriptor.find(fd);
  return found == all.byDescriptor.end() ? nullptr : found->second;
}

int duplicateStandIn(const std::shared_ptr<const StandIn>& original) {
  try {
    return enter(original);
  } catch (const std::bad_alloc&) {
    return -ENOMEM;
  }
}

void forgetStandIn(int fd) {
  Table& all = table();
  if (all.size.load() == 0) return;
  std::shared_ptr<const StandIn> last;  // closes its directory after the lock is released
  const std::lock_guard<std::mutex> lock(all.mutex);
  const auto found = all.byDescriptor.find(fd);
  if (found == all.byDescriptor.end()) return;
  last = std::move(found->second);
  all.byDescriptor.erase(found);
  all.size.store(all.byDescriptor.size());
}

}  // namespace platform
