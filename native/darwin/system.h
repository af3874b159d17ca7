/** How the files of this folder call the system. */
#pragma once

#include <errno.h>

#include <type_traits>

namespace platform {

/** Repeats a call that a signal broke off; its result, or -errno. */
template <typename Call>
auto retried(Call call) -> decltype(call()) {
  for (;;) {
    const auto result = call();
    if (result != -1) return result;
    if (errno != EINTR) return static_cast<decltype(call())>(-errno);
  }
}

/** As `retried`, for calls whose good result is only "it worked". */
template <typename Call>
int done(Call call) {
  const auto result = retried(call);
  return result < 0 ? static_cast<int>(result) : 0;
}

}  // namespace platform
