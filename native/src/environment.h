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
  /** In the order they were made; a pump comes after the lane it serves. */
  std::vector<std::shared_ptr<Owned>> owned;

  void disown(const Owned* object) {
    owned.erase(std::remove_if(owned.begin(), owned.end(), [&](const auto& each) { return each.get() == object; }),
                owned.end());
  }

  ~Environment() {
    while (!owned.empty()) {
      owned.back()->abandon();
      owned.pop_back();
    }
  }
};
