/** Receiving the payload of a WRITE and writing it while the rest is still coming. */
#include <errno.h>
#include <poll.h>

#include <cstring>

#include "error.h"
#include "lane.h"
#include "platform.h"
#include "spin.h"
#include "thread.h"

namespace {

/** Not worth a system call of its own while more is on its way. */
constexpr size_t kWorthWriting = 64 * 1024;
constexpr size_t kPage = 4096;
/** The sender is in the middle of its message: it will not be long. */
constexpr int kSpinMicroseconds = 20;

}  // namespace

Lane::Received Lane::receiveWrite(int fd, uint8_t* buffer, size_t capacity, size_t have, size_t length,
                                  uint64_t position, bool append) {
  if (shared_ != nullptr && !append) return receiveWriteShared(fd, buffer, have, length, position);
  Received result = {0, 0, 0, 0};
  size_t remaining = length - have;
  if (append && remaining > 0) {
    // One write for all of it, or two appending programs would see their bytes mixed.
    uint8_t* const whole = threadScratch(length);
    if (whole != nullptr) {
      std::memcpy(whole, buffer, have);
      buffer = whole;
      capacity = length;
    }
  }
  const size_t worth = append ? length : kWorthWriting;
  size_t filled = have;
  for (;;) {
    while (remaining > 0 && filled < capacity && result.status == 0) {
      const int64_t got = receive(buffer + filled, remaining < capacity - filled ? remaining : capacity - filled);
      if (got > 0) {
        filled += static_cast<size_t>(got);
        remaining -= static_cast<size_t>(got);
        result.received += static_cast<size_t>(got);
      } else if (got == -EAGAIN) {
        if (filled >= worth) break;
        bool ready = false;
        for (Spin spin(kSpinMicroseconds); !ready && spin.more();) ready = hasMore();
        if (!ready) result.status = wait(POLLIN);
      } else {
        result.status = got == 0 ? -ECONNRESET : static_cast<int>(got);
      }
    }
    // Whole pages as long as more follows: half a page costs the page cache nearly as much as a whole one.
    const bool more = remaining > 0 && result.status == 0;
    const size_t uneven = more && !append ? static_cast<size_t>((position + filled) % kPage) : 0;
    const size_t now = uneven < filled ? filled - uneven : filled;
    if (result.failure == 0 && (now > 0 || length == 0)) {
      result.put(now, [&](size_t done) {
        return append ? platform::append(fd, buffer + done, now - done)
                      : platform::pwrite(fd, buffer + done, now - done, position + done);
      });
    }
    position += now;
    filled -= now;
    if (filled > 0) std::memmove(buffer, buffer + now, filled);
    if (!more) break;
  }
  if (result.written == 0 && result.failure < 0) result.written = result.failure;
  return result;
}
