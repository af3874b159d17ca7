#include "vsock_device.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <type_traits>

#include "error.h"
#include "platform.h"
#include "retry.h"
#include "spin.h"

namespace vsock {

namespace {

constexpr int kMostEvents = 256;
/**
 * For so long the guest's own packets are kept before it gets their buffers back, if nothing else tells it. Each interrupt
 * for them costs the guest the run of a worker, which fights with the next packet for a lock; an answer's interrupt, or
 * one for many, is enough. Nobody waits for these buffers as long as the ring has others.
 */
constexpr int kKeepMilliseconds = 2;
/** At most one in so many of the ring's … */
constexpr uint32_t kKeptPart = 8;
/** … and for so many waits, where traffic never lets the thread sleep. */
constexpr int kKeptWaits = 64;

/** Drops the first bytes of a list of pieces. */
void skip(std::vector<struct iovec>& pieces, size_t bytes) {
  size_t gone = 0;
  while (gone < pieces.size() && bytes >= pieces[gone].iov_len) bytes -= pieces[gone++].iov_len;
  pieces.erase(pieces.begin(), pieces.begin() + static_cast<ptrdiff_t>(gone));
  if (bytes == 0 || pieces.empty()) return;
  pieces[0].iov_base = static_cast<uint8_t*>(pieces[0].iov_base) + bytes;
  pieces[0].iov_len -= bytes;
}

/** Copies between memory and the first bytes of a list of pieces, which are long enough. */
template <bool toPieces>
void copy(struct iovec* pieces, std::conditional_t<toPieces, const uint8_t*, uint8_t*> bytes, size_t length) {
  for (; length > 0; pieces++) {
    const size_t part = std::min(length, pieces->iov_len);
    if constexpr (toPieces) std::memcpy(pieces->iov_base, bytes, part);
    else std::memcpy(bytes, pieces->iov_base, part);
    bytes += part;
    length -= part;
  }
}

/** A front end makes its eventfds for itself; nobody here may be caught in a read(2) or write(2). */
int prepare(int fd) {
  const int flags = ::fcntl(fd, F_GETFL);
  return flags >= 0 && ::fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0 ? 0 : -errno;
}

int64_t sendPieces(int socket, struct iovec* pieces, size_t count) {
  struct msghdr message {};
  message.msg_iov = pieces;
  message.msg_iovlen = count;
  return platform::retry([&] { return ::sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT); });
}

}  // namespace

void Spill::add(const uint8_t* from, size_t length) {
  if (length == 0) return;
  // A guest that sends single bytes shall not get a chunk for each.
  if (chunks_.empty() || chunks_.back().size() + length > kChunk) chunks_.emplace_back();
  chunks_.back().insert(chunks_.back().end(), from, from + length);
  bytes_ += length;
}

int64_t Spill::flush(int socket) {
  int64_t total = 0;
  while (!chunks_.empty()) {
    std::vector<uint8_t>& chunk = chunks_.front();
    struct iovec piece = {chunk.data() + start_, chunk.size() - start_};
    const int64_t sent = sendPieces(socket, &piece, 1);
    if (sent == -EAGAIN) break;
    if (sent < 0) return sent;
    total += sent;
    start_ += static_cast<size_t>(sent);
    bytes_ -= static_cast<size_t>(sent);
    if (start_ < chunk.size()) continue;
    chunks_.pop_front();
    start_ = 0;
  }
  return total;
}

std::shared_ptr<Device> Device::create(int waker, int* error) {
  Descriptor poll(::epoll_create1(EPOLL_CLOEXEC));
  struct epoll_event event {};
  event.events = EPOLLIN;
  event.data.u64 = kWakerKey;
  if (!poll.valid() || ::epoll_ctl(poll.get(), EPOLL_CTL_ADD, waker, &event) != 0) {
    *error = -errno;
    return nullptr;
  }
  return std::shared_ptr<Device>(new Device(waker, std::move(poll)));
}

void Device::abandon() { Registry<Device>::all().remove(this); }

int Device::watch(int fd, uint32_t events) {
  struct epoll_event event {};
  event.events = events;
  event.data.u64 = static_cast<uint32_t>(fd);
  if (events == 0) return ::epoll_ctl(poll_.get(), EPOLL_CTL_DEL, fd, nullptr) == 0 ? 0 : -errno;
  if (::epoll_ctl(poll_.get(), EPOLL_CTL_MOD, fd, &event) == 0) return 0;
  if (errno != ENOENT) return -errno;
  return ::epoll_ctl(poll_.get(), EPOLL_CTL_ADD, fd, &event) == 0 ? 0 : -errno;
}

int64_t Device::collectEvents(Event* out, size_t capacity, int timeoutMilliseconds) {
  struct epoll_event events[kMostEvents];
  const int got = ::epoll_wait(poll_.get(), events, static_cast<int>(std::min<size_t>(capacity, kMostEvents)),
                               timeoutMilliseconds);
  if (got < 0) return errno == EINTR ? 0 : -errno;
  int64_t count = 0;
  bool woken = false;
  for (int at = 0; at < got; at++) {
    const uint64_t key = events[at].data.u64;
    if (key == kWakerKey) {
      woken = true;
    } else if (key == keyOf(kReceive) || key == keyOf(kTransmit)) {
      const int fd = rings_[key - kKickKey].kick.get();
      if (fd >= 0) platform::wakerDrain(fd);
    } else {
      out[count++] = {static_cast<int32_t>(key), events[at].events};
    }
  }
  // What else was found is level-triggered or told: edges must not be lost.
  return woken && count == 0 ? kWoken : count;
}

int64_t Device::wait(Event* out, size_t capacity, int want, int spinMicroseconds, int timeoutMilliseconds) {
  rings_[kReceive].notify();
  Vring& packets = rings_[kTransmit];
  keptWaits_ = packets.kept() > 0 ? keptWaits_ + 1 : 0;
  if (packets.kept() * kKeptPart >= packets.size() || keptWaits_ >= kKeptWaits) {
    packets.notify();
    keptWaits_ = 0;
  }
  int64_t got = collectEvents(out, capacity, 0);
  if (got != 0 || ringsHave(want)) return got;
  if (spinMicroseconds > 0) {
    for (Spin spin(spinMicroseconds); spin.more();) {
      for (int look = 0; look < 8; look++) {
        if (ringsHave(want)) return 0;
        spinPause();
      }
      got = collectEvents(out, capacity, 0);
      if (got != 0) return got;
    }
  }
  if ((want & kWantPackets) != 0) rings_[kTransmit].expectKicks();
  if ((want & kWantRoom) != 0) rings_[kReceive].expectKicks();
  // What was added before the driver could know that it has to kick.
  const bool something = ringsHave(want), keeps = packets.kept() > 0;
  const bool sleeps = !something && timeoutMilliseconds != 0;
  const bool soon = sleeps && keeps && (timeoutMilliseconds < 0 || timeoutMilliseconds > kKeepMilliseconds);
  got = collectEvents(out, capacity, !sleeps ? 0 : soon ? kKeepMilliseconds : timeoutMilliseconds);
  if (soon && got == 0 && !ringsHave(want)) {
    packets.notify();
    got = collectEvents(out, capacity, timeoutMilliseconds);
  }
  for (Vring& ring : rings_) ring.ignoreKicks();
  return sleeps && got >= 0 ? got | kSlept : got;
}

int Device::setMemory(const RegionRecord* records, const int* files, size_t count) {
  finishPacket();
  int result = memory_.map(records, files, count);
  // All of them, also after one that is no longer inside: the old mappings are gone.
  for (Vring& ring : rings_) {
    if (!ring.running()) continue;
    const int moved = ring.relocate(memory_);
    if (result == 0) result = moved;
  }
  return result;
}

int Device::startRing(int index, const RingRecord& record, bool eventIndex, bool indirect) {
  if (index < 0 || index > 1) return -EINVAL;
  if (index == kTransmit) current_ = false;
  toldBroken_ = false;
  const int started = rings_[index].start(memory_, record, eventIndex, indirect);
  if (started == 0) rings_[index].ignoreKicks();
  return started;
}

int Device::stopRing(int index, bool forget) {
  if (index < 0 || index > 1) return -EINVAL;
  Vring& ring = rings_[index];
  if (index == kTransmit) finishPacket();
  ring.notify();
  ring.stop();
  if (forget) {
    setKick(index, -1);
    ring.call.reset();
  }
  return ring.base();
}

int Device::setKick(int index, int fd) {
  if (index < 0 || index > 1) return -EINVAL;
  Vring& ring = rings_[index];
  if (ring.kick.valid()) ::epoll_ctl(poll_.get(), EPOLL_CTL_DEL, ring.kick.get(), nullptr);
  ring.kick = Descriptor(fd);
  if (fd < 0) return 0;
  struct epoll_event event {};
  event.events = EPOLLIN;
  event.data.u64 = keyOf(index);
  const int prepared = prepare(fd);
  if (prepared != 0) return prepared;
  return ::epoll_ctl(poll_.get(), EPOLL_CTL_ADD, fd, &event) == 0 ? 0 : -errno;
}

int Device::setCall(int index, int fd) {
  if (index < 0 || index > 1) return -EINVAL;
  rings_[index].call = Descriptor(fd);
  return fd < 0 ? 0 : prepare(fd);
}

const char* Device::broken() const {
  for (const Vring& ring : rings_) {
    if (ring.broken() != nullptr) return ring.broken();
  }
  return nullptr;
}

void Device::finishPacket() {
  if (!current_) return;
  current_ = false;
  if (rings_[kTransmit].running()) rings_[kTransmit].keep(packet_, 0);
}

int64_t Device::nextPacket(uint8_t* header) {
  finishPacket();
  Vring& ring = rings_[kTransmit];
  const uint16_t waiting = ring.waiting();
  if (broken() == nullptr && waiting == 0) return -EAGAIN;
  packetPieces_.clear();
  if (broken() != nullptr || !ring.peek(memory_, 0, false, packetPieces_, &packet_)) {
    toldBroken_ = true;
    return -EPROTO;
  }
  current_ = true;
  if (packet_.bytes < kHeader) {
    // Nothing that could be answered; TypeScript sees a header of zeros, which belongs to nobody.
    std::memset(header, 0, kHeader);
    packetPieces_.clear();
    return 0;
  }
  copy<false>(packetPieces_.data(), header, kHeader);
  skip(packetPieces_, kHeader);
  return static_cast<int64_t>(std::min<uint64_t>(packet_.bytes - kHeader, 0x7fffffff));
}

int64_t Device::deliver(int socket, uint32_t length) {
  if (!current_) return -EINVAL;
  size_t left = length, count = 0;
  while (left > 0 && count < packetPieces_.size()) {
    struct iovec& piece = packetPieces_[count++];
    piece.iov_len = std::min(piece.iov_len, left);
    left -= piece.iov_len;
  }
  if (left > 0) return -EINVAL;
  packetPieces_.resize(count);
  const auto spilled = spills_.find(socket);
  size_t taken = 0;
  if (spilled == spills_.end() && count > 0) {
    const int64_t sent = sendPieces(socket, packetPieces_.data(), count);
    if (sent < 0 && sent != -EAGAIN) return sent;
    if (sent > 0) taken = static_cast<size_t>(sent);
  }
  if (taken == length) return 0;
  skip(packetPieces_, taken);
  Spill& spill = spilled == spills_.end() ? spills_[socket] : spilled->second;
  for (const struct iovec& piece : packetPieces_) spill.add(static_cast<const uint8_t*>(piece.iov_base), piece.iov_len);
  return static_cast<int64_t>(length - taken);
}

int64_t Device::flushSpill(int socket) {
  const auto found = spills_.find(socket);
  if (found == spills_.end()) return 0;
  const int64_t sent = found->second.flush(socket);
  if (found->second.bytes() == 0) spills_.erase(found);
  return sent;
}

int64_t Device::put(const uint8_t* header) {
  Vring& ring = rings_[kReceive];
  if (ring.waiting() == 0) return ring.broken() != nullptr ? -EPROTO : -EAGAIN;
  fillPieces_.clear();
  Chain chain;
  if (!ring.peek(memory_, 0, true, fillPieces_, &chain)) return -EPROTO;
  if (chain.bytes < kHeader) {
    ring.fail("a buffer is too small for a header");
    return -EPROTO;
  }
  copy<true>(fillPieces_.data(), header, kHeader);
  ring.consume(chain, kHeader);
  return 0;
}

int64_t Device::fill(int socket, const uint8_t* header, uint32_t limit) {
  Vring& ring = rings_[kReceive];
  const uint16_t waiting = std::min(ring.waiting(), kMostChains);
  if (waiting == 0) return ring.broken() != nullptr ? -EPROTO : -ENOBUFS;
  struct Packet {
    Chain chain;
    std::vector<struct iovec> header;
    uint32_t room;
  };
  static thread_local std::vector<Packet> packets(kMostChains);
  fillPieces_.clear();
  uint16_t count = 0;
  uint32_t room = 0;
  while (count < waiting && room < limit) {
    Packet& packet = packets[count];
    packet.header.clear();
    if (!ring.peek(memory_, count, true, packet.header, &packet.chain)) return -EPROTO;
    if (packet.chain.bytes <= kHeader) {
      ring.fail("a buffer is too small for a packet");
      return -EPROTO;
    }
    if (count > 0 && fillPieces_.size() + packet.header.size() > Vring::kMostPieces) break;
    // The payload's pieces follow those of the packets before; the header's own stay with the packet.
    std::vector<struct iovec> payload(packet.header);
    skip(payload, kHeader);
    packet.room = std::min({static_cast<uint32_t>(std::min<uint64_t>(packet.chain.bytes - kHeader, kMostPayload)),
                            limit - room});
    uint32_t left = packet.room;
    for (struct iovec& piece : payload) {
      if (left == 0) break;
      piece.iov_len = std::min<size_t>(piece.iov_len, left);
      left -= static_cast<uint32_t>(piece.iov_len);
      fillPieces_.push_back(piece);
    }
    room += packet.room;
    count++;
  }
  struct msghdr message {};
  message.msg_iov = fillPieces_.data();
  message.msg_iovlen = std::min<size_t>(fillPieces_.size(), Vring::kMostPieces);
  const int64_t got = platform::retry([&] { return ::recvmsg(socket, &message, MSG_DONTWAIT); });
  if (got <= 0) return got;
  uint8_t own[kHeader];
  std::memcpy(own, header, kHeader);
  uint32_t left = static_cast<uint32_t>(got);
  for (uint16_t at = 0; at < count && left > 0; at++) {
    Packet& packet = packets[at];
    const uint32_t length = std::min(left, packet.room);
    std::memcpy(own + kHeaderLength, &length, sizeof length);
    copy<true>(packet.header.data(), own, kHeader);
    ring.consume(packet.chain, static_cast<uint32_t>(kHeader) + length);
    left -= length;
  }
  // Descriptors that came along, which nobody wants, end a read early (unix(7)): there may be more behind them.
  const bool whole = (message.msg_flags & MSG_CTRUNC) == 0;
  return got < room && whole ? got | kDrained : got;
}

}  // namespace vsock
