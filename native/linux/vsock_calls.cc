/** The calls of the vsock device. */
#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "args.h"
#include "platform.h"
#include "retry.h"
#include "vhost_socket.h"
#include "vsock_device.h"

namespace calls {
namespace {

using Result = int64_t;
using Devices = Registry<vsock::Device>;

/** Runs a call on a device; -EBADF if there is none of that number. */
template <typename Call>
Result on(int32_t id, Call&& call) {
  const std::shared_ptr<vsock::Device> device = Devices::all().find(id);
  return device == nullptr ? -EBADF : static_cast<Result>(call(*device));
}

Result vsockCreate(Environment& e, int32_t waker) {
  int error = 0;
  std::shared_ptr<vsock::Device> device = vsock::Device::create(waker, &error);
  if (device == nullptr) return error;
  e.own(device);
  return Devices::all().add(std::move(device));
}

Result vsockDestroy(Environment& e, int32_t id) {
  return on(id, [&](vsock::Device& device) {
    e.disown(&device);
    Devices::all().remove(&device);
    return 0;
  });
}

Result vsockListen(Environment& e, int32_t pathOff, int32_t backlog) {
  const Text path = e.arena.path(pathOff);
  return path.error != 0 ? path.error : vsock::listenUnix(path.text, backlog);
}

Result vsockAccept(Environment&, int32_t listener) { return vsock::acceptUnix(listener); }

Result vsockDial(Environment& e, int32_t pathOff) {
  const Text path = e.arena.path(pathOff);
  return path.error != 0 ? path.error : vsock::dialUnix(path.text);
}

Result vsockRead(Environment& e, int32_t fd, int32_t off, int32_t capacity) {
  uint8_t* const out = e.arena.bytes(off, capacity);
  if (out == nullptr) return -EFAULT;
  return platform::retry([&] { return ::recv(fd, out, static_cast<size_t>(capacity), MSG_DONTWAIT); });
}

Result vsockShutdown(Environment&, int32_t fd, int32_t how) {
  return ::shutdown(fd, how) == 0 ? 0 : -errno;
}

Result vsockWatch(Environment&, int32_t id, int32_t fd, int32_t events) {
  return on(id, [&](vsock::Device& device) { return device.watch(fd, static_cast<uint32_t>(events)); });
}

Result vsockWait(Environment& e, int32_t id, int32_t outOff, int32_t capacity, int32_t want, int32_t spin,
                 int32_t timeout) {
  if (capacity < 1) return -EINVAL;
  uint8_t* const out = e.arena.bytes(outOff, static_cast<int64_t>(capacity) * static_cast<int64_t>(sizeof(vsock::Event)));
  if (out == nullptr) return -EFAULT;
  vsock::Event events[256];
  return on(id, [&](vsock::Device& device) {
    const int64_t got = device.wait(events, std::min<size_t>(static_cast<size_t>(capacity), 256), want, spin,
                                    timeout);
    if (got > 0) std::memcpy(out, events, static_cast<size_t>(got & ~vsock::kSlept) * sizeof(vsock::Event));
    return got;
  });
}

Result vhostReceive(Environment& e, int32_t socket, int32_t off, int32_t capacity, int32_t filesOff) {
  uint8_t* const out = e.arena.bytes(off, capacity);
  vsock::Files files{};
  if (out == nullptr || !e.arena.store(filesOff, files)) return -EFAULT;
  const int64_t got = vsock::receiveMessage(socket, out, static_cast<size_t>(capacity), &files);
  e.arena.store(filesOff, files);
  return got;
}

Result vhostSend(Environment& e, int32_t socket, int32_t off, int32_t length) {
  const uint8_t* const bytes = e.arena.bytes(off, length);
  return bytes == nullptr ? -EFAULT : vsock::sendAll(socket, bytes, static_cast<size_t>(length));
}

Result vhostMemory(Environment& e, int32_t id, int32_t regionsOff, int32_t count, int32_t filesOff) {
  constexpr int32_t kMost = static_cast<int32_t>(vsock::GuestMemory::kMostRegions);
  if (count < 0 || count > kMost) return -EINVAL;
  vsock::RegionRecord records[kMost];
  int32_t files[kMost];
  const uint8_t* const from = e.arena.bytes(regionsOff, count * static_cast<int64_t>(sizeof *records));
  const uint8_t* const fds = e.arena.bytes(filesOff, count * static_cast<int64_t>(sizeof *files));
  if (from == nullptr || fds == nullptr) return -EFAULT;
  std::memcpy(records, from, static_cast<size_t>(count) * sizeof *records);
  std::memcpy(files, fds, static_cast<size_t>(count) * sizeof *files);
  return on(id, [&](vsock::Device& device) { return device.setMemory(records, files, static_cast<size_t>(count)); });
}

Result vhostMemoryRelease(Environment&, int32_t id) {
  return on(id, [](vsock::Device& device) {
    device.releaseMemory();
    return 0;
  });
}

Result vhostRingStart(Environment& e, int32_t id, int32_t index, int32_t recordOff, int32_t eventIndex, int32_t indirect) {
  vsock::RingRecord record;
  if (!e.arena.load(recordOff, &record)) return -EFAULT;
  return on(id, [&](vsock::Device& device) { return device.startRing(index, record, eventIndex != 0, indirect != 0); });
}

Result vhostRingStop(Environment&, int32_t id, int32_t index, int32_t forget) {
  return on(id, [&](vsock::Device& device) { return device.stopRing(index, forget != 0); });
}

Result vhostRingKick(Environment&, int32_t id, int32_t index, int32_t fd) {
  return on(id, [&](vsock::Device& device) { return device.setKick(index, fd); });
}

Result vhostRingCall(Environment&, int32_t id, int32_t index, int32_t fd) {
  return on(id, [&](vsock::Device& device) { return device.setCall(index, fd); });
}

Result vhostBroken(Environment& e, int32_t id, int32_t outOff, int32_t capacity) {
  uint8_t* const out = e.arena.bytes(outOff, capacity);
  if (out == nullptr) return -EFAULT;
  return on(id, [&](vsock::Device& device) {
    const char* const why = device.broken();
    if (why == nullptr) return 0;
    const size_t length = std::min(std::strlen(why), static_cast<size_t>(capacity));
    std::memcpy(out, why, length);
    return static_cast<int>(length);
  });
}

Result vsockNext(Environment& e, int32_t id, int32_t headerOff) {
  uint8_t* const header = e.arena.bytes(headerOff, vsock::kHeader);
  if (header == nullptr) return -EFAULT;
  return on(id, [&](vsock::Device& device) { return device.nextPacket(header); });
}

Result vsockDeliver(Environment&, int32_t id, int32_t socket, int32_t length) {
  if (length < 0) return -EINVAL;
  return on(id, [&](vsock::Device& device) { return device.deliver(socket, static_cast<uint32_t>(length)); });
}

Result vsockFlush(Environment&, int32_t id, int32_t socket) {
  return on(id, [&](vsock::Device& device) { return device.flushSpill(socket); });
}

Result vsockClose(Environment&, int32_t id, int32_t socket) {
  return on(id, [&](vsock::Device& device) {
    device.dropSpill(socket);
    return closeDescriptor(socket);
  });
}

Result vsockPut(Environment& e, int32_t id, int32_t headerOff) {
  const uint8_t* const header = e.arena.bytes(headerOff, vsock::kHeader);
  if (header == nullptr) return -EFAULT;
  return on(id, [&](vsock::Device& device) { return device.put(header); });
}

Result vsockFill(Environment& e, int32_t id, int32_t socket, int32_t headerOff, int32_t limit) {
  const uint8_t* const header = e.arena.bytes(headerOff, vsock::kHeader);
  if (header == nullptr) return -EFAULT;
  if (limit < 1) return -EINVAL;
  return on(id, [&](vsock::Device& device) { return device.fill(socket, header, static_cast<uint32_t>(limit)); });
}

}  // namespace
}  // namespace calls

void registerVsockCalls(Registrar& registrar) {
  using namespace calls;
  registrar.add<vsockCreate>("vsockCreate");
  registrar.add<vsockDestroy>("vsockDestroy");
  registrar.add<vsockListen>("vsockListen");
  registrar.add<vsockAccept>("vsockAccept");
  registrar.add<vsockDial>("vsockDial");
  registrar.add<vsockRead>("vsockRead");
  registrar.add<vsockShutdown>("vsockShutdown");
  registrar.add<vsockClose>("vsockClose");
  registrar.add<vsockWatch>("vsockWatch");
  registrar.add<vsockWait>("vsockWait");
  registrar.add<vhostReceive>("vhostReceive");
  registrar.add<vhostSend>("vhostSend");
  registrar.add<vhostMemory>("vhostMemory");
  registrar.add<vhostMemoryRelease>("vhostMemoryRelease");
  registrar.add<vhostRingStart>("vhostRingStart");
  registrar.add<vhostRingStop>("vhostRingStop");
  registrar.add<vhostRingKick>("vhostRingKick");
  registrar.add<vhostRingCall>("vhostRingCall");
  registrar.add<vhostBroken>("vhostBroken");
  registrar.add<vsockNext>("vsockNext");
  registrar.add<vsockDeliver>("vsockDeliver");
  registrar.add<vsockFlush>("vsockFlush");
  registrar.add<vsockPut>("vsockPut");
  registrar.add<vsockFill>("vsockFill");
}
