/** Sending on a lane without ever waiting, and keeping what did not fit. */
#include <errno.h>
#include <sys/socket.h>

#include <cstring>
#include <new>

#include "error.h"
#include "lane.h"
#include "lock_wait.h"
#include "platform.h"
#include "pool.h"

Lane::Lane(Descriptor socket, int waker, Descriptor kick, size_t limit)
    : socket_(std::move(socket)), waker_(waker), kick_(std::move(kick)), limit_(limit) {}

void Lane::kickOwner() { platform::wakerSignal(kick_.get()); }

void Lane::shutdown() {
  std::lock_guard<std::mutex> held(sending_);
  breakHolding(-EPIPE);
}

void Lane::end() {
  shutdown();
  Pool::instance().drop(this);
  lockwait::cancelAll(this);
}

void Lane::abandon() {
  end();
  Registry<Lane>::all().remove(this);
}

int Lane::breakHolding(int error) {
  if (broken_ == 0) {
    broken_ = error;
    ::shutdown(socket_.get(), SHUT_RDWR);
    peerGone_.store(true);
    backlog_.clear();
    drained(kept());
  }
  return broken_;
}

/** Takes `bytes` off what is kept; when that ends a congestion, the pool may go on with this lane. */
void Lane::drained(size_t bytes) {
  const bool before = congested();
  kept_.fetch_sub(bytes, std::memory_order_relaxed);
  if (!before || congested()) return;
  Pool::instance().resume();
  if (pumped_.load()) platform::wakerSignal(relief_.get());
}

/** One sendmsg(2); `*sent` = 0 if the socket is full. */
int Lane::sendNow(const struct iovec* parts, int count, size_t* sent) {
  if (shared_ != nullptr) {
    const int64_t taken = peerGone_.load() ? -EPIPE : shared_->write(parts, count);
    *sent = taken < 0 ? 0 : static_cast<size_t>(taken);
    return taken < 0 ? static_cast<int>(taken) : 0;
  }
  struct msghdr message {};
  message.msg_iov = const_cast<struct iovec*>(parts);
  message.msg_iovlen = static_cast<decltype(message.msg_iovlen)>(count);
  for (;;) {
    const ssize_t got = ::sendmsg(socket_.get(), &message, platform::kSendFlags);
    if (got >= 0) {
      *sent = static_cast<size_t>(got);
      return 0;
    }
    if (errno == EINTR) continue;
    *sent = 0;
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS ? 0 : -errno;
  }
}

bool Lane::keepHolding(const struct iovec* parts, int count, size_t skip) {
  size_t size = 0;
  for (int at = 0; at < count; at++) size += parts[at].iov_len;
  size -= skip;
  Kept kept = {std::unique_ptr<uint8_t[]>(new (std::nothrow) uint8_t[size]), 0, size};
  if (kept.bytes == nullptr) return false;
  size_t filled = 0;
  for (int at = 0; at < count; at++) {
    const size_t leave = skip < parts[at].iov_len ? skip : parts[at].iov_len;
    std::memcpy(kept.bytes.get() + filled, static_cast<const uint8_t*>(parts[at].iov_base) + leave,
                parts[at].iov_len - leave);
    filled += parts[at].iov_len - leave;
    skip -= leave;
  }
  kept_.fetch_add(size, std::memory_order_relaxed);
  backlog_.push_back(std::move(kept));
  return true;
}

int Lane::flushHolding() {
  while (broken_ == 0 && !streaming_ && !backlog_.empty()) {
    struct iovec parts[16];
    int count = 0;
    for (const Kept& kept : backlog_) {
      if (count == 16) break;
      parts[count++] = {kept.bytes.get() + kept.at, kept.size - kept.at};
    }
    size_t sent;
    const int result = sendNow(parts, count, &sent);
    if (result < 0) return breakHolding(result);
    if (sent == 0) return 0;
    for (size_t left = sent; left > 0;) {
      Kept& front = backlog_.front();
      const size_t taken = left < front.size - front.at ? left : front.size - front.at;
      front.at += taken;
      left -= taken;
      if (front.at == front.size) backlog_.pop_front();
    }
    drained(sent);
  }
  return broken_;
}

int Lane::flush() {
  std::lock_guard<std::mutex> held(sending_);
  return flushHolding();
}

int Lane::send(const struct iovec* parts, int count) {
  {
    std::lock_guard<std::mutex> held(sending_);
    const int result = flushHolding();
    if (result < 0) return result;
    size_t sent = 0;
    if (!streaming_ && backlog_.empty()) {
      const int now = sendNow(parts, count, &sent);
      if (now < 0) return breakHolding(now);
      size_t total = 0;
      for (int at = 0; at < count; at++) total += parts[at].iov_len;
      if (sent == total) return 0;
    }
    // Without memory for the rest the message would be torn: the lane cannot go on.
    if (!keepHolding(parts, count, sent)) return breakHolding(-ENOMEM);
  }
  // Whoever sleeps in a wait on this lane does not watch for room yet.
  kickOwner();
  return 0;
}

int Lane::reply(uint64_t unique, int64_t result, const void* body, size_t length) {
  ReplyHeader header = {sizeof header, 0, unique};
  if (result < 0) {
    header.error = linuxResult(result);
    length = 0;
  }
  header.len += static_cast<uint32_t>(length);
  const struct iovec parts[2] = {{&header, sizeof header}, {const_cast<void*>(body), length}};
  return send(parts, length == 0 ? 1 : 2);
}
