/** Open flags that older SDKs lack, and our own. `flags.ts` has the table for what TypeScript passes. */
#pragma once

#include <fcntl.h>

// Public since the SDK of macOS 13; kernels without it take it for O_RDONLY.
#ifndef O_EXEC
#define O_EXEC 0x40000000
#endif
#ifndef O_SEARCH
#define O_SEARCH (O_EXEC | O_DIRECTORY)
#endif

namespace platform {

/** OPEN_NOCACHE of flags.ts: F_NOCACHE on the new descriptor. Never reaches open(2). */
inline constexpr int kOpenNoCache = 0x10000000;

}  // namespace platform
