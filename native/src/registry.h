/** Numbers for objects that several JavaScript threads use: an id is all that travels between them. */
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>

/** Something that an environment made and that has to end with it. */
class Owned {
 public:
  virtual ~Owned() = default;
  /** The environment is gone: end, without waiting for anything that can take long. */
  virtual void abandon() = 0;
};

/**
 * Ids are positive and never given twice, so a late user of a dead one finds nothing rather than a stranger. A registry
 * is never destroyed: threads may still look things up while the process runs its exit handlers.
 */
template <typename T>
class Registry {
 public:
  static Registry& all() {
    static auto* const registry = new Registry;
    return *registry;
  }

  int32_t add(std::shared_ptr<T> object) {
    std::lock_guard<std::mutex> held(mutex_);
    objects_[++last_] = std::move(object);
    return last_;
  }
  std::shared_ptr<T> find(int32_t id) {
    std::lock_guard<std::mutex> held(mutex_);
    const auto found = objects_.find(id);
    return found == objects_.end() ? nullptr : found->second;
  }
  void remove(const T* object) {
    // Destroyed after the lock is given back: destructors close descriptors.
    std::shared_ptr<T> removed;
    std::lock_guard<std::mutex> held(mutex_);
    for (auto at = objects_.begin(); at != objects_.end(); ++at) {
      if (at->second.get() != object) continue;
      removed = std::move(at->second);
      objects_.erase(at);
      return;
    }
  }

 private:
  std::mutex mutex_;
  std::unordered_map<int32_t, std::shared_ptr<T>> objects_;
  int32_t last_ = 0;
};
