#pragma once

#include <errno.h>

#include <utility>

namespace platform {

/** Repeats a system call that a signal interrupted; -1 becomes -errno. */
template <typename Call>
auto retry(Call&& call) -> decltype(call()) {
  for (;;) {
    const auto result = call();
    if (result >= 0) return result;
    if (errno != EINTR) return -errno;
  }
}

}  // namespace platform
