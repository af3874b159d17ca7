/** <linux/falloc.h>: the modes arrive in Linux's numbers, see platform.h. `npm run check:darwin` compares. */
#pragma once

#include <cstdint>

namespace platform {

inline constexpr uint32_t kKeepSize = 0x01, kPunchHole = 0x02, kZeroRange = 0x10;

}  // namespace platform
