/** The calls on lanes. */
#include <errno.h>
#include <poll.h>

#include <chrono>

#include "args.h"
#include "lane.h"
#include "lock_wait.h"
#include "platform.h"
#include "pool.h"

namespace calls {
namespace {

using Result = int64_t;

constexpr int32_t kLargestLimit = 64 << 20;
constexpr int64_t kStreamingRoom = 256 * 1024;

std::shared_ptr<Lane> find(int32_t lane) { return Registry<Lane>::all().find(lane); }

Result laneCreate(Environment& e, int32_t socketFd, int32_t wakerFd, int32_t limit) {
  if (limit < 4096 || limit > kLargestLimit) return -EINVAL;
  const int prepared = platform::prepareStream(socketFd);
  if (prepared < 0) return prepared;
  const int kick = platform::wakerCreate();
  if (kick < 0) return kick;
  auto lane = std::make_shared<Lane>(Descriptor(socketFd), wakerFd, Descriptor(kick), static_cast<size_t>(limit));
  e.own(lane);
  return Registry<Lane>::all().add(std::move(lane));
}

/** Waits up to ten seconds until there is something to receive: 0 or -errno. */
int waitForOffer(int socket) {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point deadline = Clock::now() + std::chrono::seconds(10);
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) return -ETIMEDOUT;
    struct pollfd ready = {socket, POLLIN, 0};
    const int polled = ::poll(&ready, 1, static_cast<int>(left));
    if (polled > 0) return 0;
    if (polled < 0 && errno != EINTR) return -errno;
  }
}

Result laneShareOffer(Environment&, int32_t id, int32_t ringBytes) {
  const std::shared_ptr<Lane> lane = find(id);
  if (lane == nullptr) return -EBADF;
  if (lane->isShared() || ringBytes < 0 || !SharedStream::possible(static_cast<size_t>(ringBytes))) return -EINVAL;
  Descriptor guest[SharedStream::kDescriptors];
  int error = 0;
  std::unique_ptr<SharedStream> stream = SharedStream::create(static_cast<size_t>(ringBytes), guest, &error);
  if (stream == nullptr) return error;
  const int fds[SharedStream::kDescriptors] = {guest[0].get(), guest[1].get(), guest[2].get()};
  const int sent = platform::sendDescriptors(lane->socket(), fds, SharedStream::kDescriptors);
  if (sent < 0) return sent;
  lane->share(std::move(stream));
  return 0;
}

Result laneShareAccept(Environment&, int32_t id) {
  const std::shared_ptr<Lane> lane = find(id);
  if (lane == nullptr) return -EBADF;
  if (lane->isShared()) return -EINVAL;
  const int offered = waitForOffer(lane->socket());
  if (offered < 0) return offered;
  int fds[SharedStream::kDescriptors];
  const int received = platform::receiveDescriptors(lane->socket(), fds, SharedStream::kDescriptors);
  if (received < 0) return received;
  Descriptor guest[SharedStream::kDescriptors] = {Descriptor(fds[0]), Descriptor(fds[1]), Descriptor(fds[2])};
  int error = 0;
  std::unique_ptr<SharedStream> stream = SharedStream::open(guest, &error);
  if (stream == nullptr) return error;
  lane->share(std::move(stream));
  return 0;
}

Result laneExchange(Environment& e, int32_t id, int32_t txOff, int32_t txLen, int32_t rxOff, int32_t rxCap,
                    int32_t spin) {
  const uint8_t* tx = e.arena.bytes(txLen == 0 ? 0 : txOff, txLen);
  uint8_t* rx = e.arena.bytes(rxCap == 0 ? 0 : rxOff, rxCap);
  if (tx == nullptr || rx == nullptr) return -EFAULT;
  const std::shared_ptr<Lane> lane = find(id);
  if (lane == nullptr) return -EBADF;
  return lane->exchange(tx, static_cast<size_t>(txLen), rx, static_cast<size_t>(rxCap), spin);
}

Result laneSend(Environment& e, int32_t id, int32_t off, int32_t length) {
  const uint8_t* bytes = e.arena.bytes(off, length);
  if (bytes == nullptr) return -EFAULT;
  const std::shared_ptr<Lane> lane = find(id);
  if (lane == nullptr) return -EBADF;
  return lane->exchange(bytes, static_cast<size_t>(length), nullptr, 0, 0);
}

Result laneReplyRead(Environment& e, int32_t id, int32_t fd, int32_t uniqueOff, int32_t positionOff, int32_t length) {
  uint64_t unique, position;
  if (!e.arena.load(uniqueOff, &unique) || !e.arena.load(positionOff, &position)) return -EFAULT;
  const std::shared_ptr<Lane> lane = find(id);
  if (lane == nullptr) return -EBADF;
  return lane->replyRead(fd, unique, position, static_cast<uint32_t>(length));
}

Result laneReceiveWrite(Environment& e, int32_t id, int32_t fd, int32_t payloadOff, int32_t have, int32_t length,
                        int32_t positionOff, int32_t append, int32_t statusOff) {
  struct Status {
    int32_t lane;
    uint32_t received;
    int32_t failure;
  };
  uint64_t position;
  if (have < 0 || length < have) return -EINVAL;
  const int64_t room = e.arena.room(payloadOff);
  const int64_t needed = length < kStreamingRoom ? length : kStreamingRoom;
  if (payloadOff < 0 || room < needed || room < have || !e.arena.load(positionOff, &position) ||
      !e.arena.store(statusOff, Status{0, 0, 0})) {
    return -EFAULT;
  }
  const std::shared_ptr<Lane> lane = find(id);
  if (lane == nullptr) return -EBADF;
  if (static_cast<size_t>(length) > lane->limit()) return -EINVAL;
  // Exactly the documented room: what lies behind it in the arena belongs to somebody else.
  const size_t capacity = static_cast<size_t>(have > needed ? have : needed);
  const Lane::Received got = lane->receiveWrite(fd, e.arena.bytes(payloadOff, 0), capacity, static_cast<size_t>(have),
                                                static_cast<size_t>(length), position, append != 0);
  e.arena.store(statusOff, Status{linuxResult(got.status), static_cast<uint32_t>(got.received), linuxResult(got.failure)});
  return got.written;
}

Result laneSubmit(Environment& e, int32_t id, int32_t kind, int32_t uniqueOff, int32_t a, int32_t b, int32_t argsOff) {
  Operation operation{};
  struct Arguments {
    uint64_t values[3];
  } arguments;
  if (!e.arena.load(uniqueOff, &operation.unique) || !e.arena.load(argsOff, &arguments)) return -EFAULT;
  std::copy(arguments.values, arguments.values + 3, operation.args);
  operation.lane = find(id);
  if (operation.lane == nullptr) return -EBADF;
  operation.kind = static_cast<SlowOp>(kind);
  switch (operation.kind) {
    case SlowOp::kCopyRange:
    case SlowOp::kFsync:
    case SlowOp::kFdatasync:
    case SlowOp::kSyncfs:
    case SlowOp::kFallocate:
    case SlowOp::kFlockWait:
    case SlowOp::kRead: {
      const bool both = operation.kind == SlowOp::kCopyRange;
      if (e.slots == nullptr || e.slots->pinned(a) < 0 || (both && e.slots->pinned(b) < 0)) return -EBADF;
      operation.a = Pin(e.slots, a);
      if (both) operation.b = Pin(e.slots, b);
      break;
    }
    case SlowOp::kFsyncFd:
    case SlowOp::kSyncfsFd:
      if (a < 0) return -EBADF;
      operation.owned = Descriptor(a);
      break;
    case SlowOp::kStatfsFd:
      operation.borrowed = a;
      break;
    case SlowOp::kLockWait: {
      // Its own duplicate of the same open file description: the wait may outlive the caller's descriptor.
      const int own = platform::duplicate(a);
      if (own < 0) return own;
      operation.owned = Descriptor(own);
      break;
    }
    default:
      return -EINVAL;
  }
  if (operation.kind == SlowOp::kLockWait || operation.kind == SlowOp::kFlockWait) {
    lockwait::start(std::move(operation));
    return 0;
  }
  return Pool::instance().submit(std::move(operation));
}

Result laneCancel(Environment& e, int32_t id, int32_t uniqueOff) {
  uint64_t unique;
  if (!e.arena.load(uniqueOff, &unique)) return -EFAULT;
  const std::shared_ptr<Lane> lane = find(id);
  if (lane == nullptr) return -EBADF;
  return Pool::instance().cancel(lane.get(), unique) || lockwait::cancel(lane.get(), unique) ? 1 : 0;
}

Result laneTakeFinished(Environment& e, int32_t id, int32_t outOff, int32_t capacity) {
  uint8_t* out = e.arena.bytes(outOff, capacity);
  if (out == nullptr) return -EFAULT;
  const std::shared_ptr<Lane> lane = find(id);
  if (lane == nullptr) return -EBADF;
  return static_cast<Result>(lane->finishedWaits.take(out, static_cast<size_t>(capacity)));
}

Result lanePending(Environment&, int32_t id) {
  const std::shared_ptr<Lane> lane = find(id);
  return lane == nullptr ? -EBADF : lane->queued.load() + lane->running.load();
}

Result laneShutdown(Environment&, int32_t id) {
  const std::shared_ptr<Lane> lane = find(id);
  if (lane == nullptr) return -EBADF;
  lane->shutdown();
  return 0;
}

Result laneClose(Environment& e, int32_t id) {
  const std::shared_ptr<Lane> lane = find(id);
  if (lane == nullptr) return -EBADF;
  lane->end();
  const int idle = lane->waitUntilIdle();
  if (idle != 0) return idle;
  Registry<Lane>::all().remove(lane.get());
  e.disown(lane.get());
  return 0;
}

}  // namespace
}  // namespace calls

void registerLaneCalls(Registrar& r) {
  r.add<calls::laneCreate>("laneCreate");
  r.add<calls::laneExchange>("laneExchange");
  r.add<calls::laneSend>("laneSend");
  r.add<calls::laneReplyRead>("laneReplyRead");
  r.add<calls::laneReceiveWrite>("laneReceiveWrite");
  r.add<calls::laneSubmit>("laneSubmit");
  r.add<calls::laneCancel>("laneCancel");
  r.add<calls::laneTakeFinished>("laneTakeFinished");
  r.add<calls::laneShareOffer>("laneShareOffer");
  r.add<calls::laneShareAccept>("laneShareAccept");
  r.add<calls::lanePending>("lanePending");
  r.add<calls::laneShutdown>("laneShutdown");
  r.add<calls::laneClose>("laneClose");
}
