#include "arena.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include <map>
#include <mutex>

namespace {

// An ArrayBuffer tells only its address; this says whether the address is one of ours and keeps it alive. Leaked, so
// that finalizers which run while the process exits still find it.
struct Mappings {
  std::mutex mutex;
  std::map<const void*, std::weak_ptr<Mapping>> byBase;
};
Mappings& mappings() {
  static auto* const all = new Mappings;
  return *all;
}

}  // namespace

std::shared_ptr<Mapping> Mapping::create(size_t bytes) {
  const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  const size_t size = (bytes + page - 1) / page * page;
  void* base = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
  if (base == MAP_FAILED) return nullptr;
  std::shared_ptr<Mapping> made(new Mapping(static_cast<uint8_t*>(base), size));
  std::lock_guard<std::mutex> held(mappings().mutex);
  mappings().byBase[base] = made;
  return made;
}

std::shared_ptr<Mapping> Mapping::at(const void* base) {
  std::lock_guard<std::mutex> held(mappings().mutex);
  const auto found = mappings().byBase.find(base);
  return found == mappings().byBase.end() ? nullptr : found->second.lock();
}

Mapping::~Mapping() {
  {
    // Out of the index before the address can be given to another mapping.
    std::lock_guard<std::mutex> held(mappings().mutex);
    mappings().byBase.erase(base_);
  }
  munmap(base_, size_);
}

void Arena::attach(std::shared_ptr<Mapping> mapping) {
  base_ = mapping->base();
  size_ = static_cast<int64_t>(mapping->size());
  mapping_ = std::move(mapping);
}

Text Arena::text(int32_t offset, int64_t longest, int tooLong) const {
  const int64_t here = room(offset);
  if (here == 0) return {nullptr, -EFAULT};
  const char* start = reinterpret_cast<const char*>(base_ + offset);
  const int64_t searched = here < longest + 1 ? here : longest + 1;
  if (memchr(start, 0, static_cast<size_t>(searched)) == nullptr) {
    return {nullptr, searched == longest + 1 ? tooLong : -EFAULT};
  }
  return {start, 0};
}

Text Arena::name(int32_t offset) const {
  const Text found = text(offset, 255, -ENAMETOOLONG);
  if (found.error != 0) return found;
  // Names were checked where they came in; this is the second lock on the same door, and costs nanoseconds.
  if (found.text[0] == 0) return {nullptr, -ENOENT};
  if (strchr(found.text, '/') != nullptr || strcmp(found.text, "..") == 0) return {nullptr, -EINVAL};
  return found;
}

Text Arena::path(int32_t offset) const { return text(offset, 4095, -ENAMETOOLONG); }

Text Arena::attribute(int32_t offset) const { return text(offset, 255, -ERANGE); }
