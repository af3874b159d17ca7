/** What belongs to one JavaScript thread that loaded the addon (the main thread or a worker). */
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "arena.h"

struct Environment {
  Arena arena;
};
