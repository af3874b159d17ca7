/** What belongs to one JavaScript thread that loaded the addon (the main thread or a worker). */
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "arena.h"
#include "registry.h"
#include "slots.h"

struct Environment {
  Arena arena;
  std::shared_ptr<SlotTable> slots;
  /**
   * In the order they were made; a pump comes after the lane it serves. The registries hold them: what another thread has
   * closed (a worker the lane that the main thread made for it) is gone at once, whoever made it.
   */
  std::vector<std::weak_ptr<Owned>> owned;

  void own(const std::shared_ptr<Owned>& object) {
    disown(nullptr);
    owned.push_back(object);
  }

  /** Forgets the object, and whatever has gone meanwhile. */
  void disown(const Owned* object) {
    const auto gone = [&](const std::weak_ptr<Owned>& each) {
      const std::shared_ptr<Owned> living = each.lock();
      return living == nullptr || living.get() == object;
    };
    owned.erase(std::remove_if(owned.begin(), owned.end(), gone), owned.end());
  }

  ~Environment() {
    while (!owned.empty()) {
      if (const std::shared_ptr<Owned> living = owned.back().lock()) living->abandon();
      owned.pop_back();
    }
  }
};
