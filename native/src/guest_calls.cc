/** The calls of the guest's side. Off Linux `fuseOpen` and `mount` say ENOSYS, and the others have nothing to work on. */
#include <errno.h>
#include <unistd.h>

#include "agent_wait.h"
#include "args.h"
#include "lane.h"
#include "platform.h"
#include "pump.h"

namespace calls {
namespace {

using Result = int64_t;

Result fuseOpen(Environment&) { return platform::fuseOpen(); }

Result connectVsock(Environment&, int32_t cid, int32_t port) {
  return platform::connectVsock(static_cast<uint32_t>(cid), static_cast<uint32_t>(port));
}

Result duplicateOnto(Environment&, int32_t fd, int32_t onto) { return platform::duplicateOnto(fd, onto); }

struct Pair {
  int fds[2];
};

/** Two descriptors of `make`, written at outOff. */
template <typename Make>
Result storePair(Environment& e, int32_t outOff, Make make) {
  Pair pair;
  if (e.arena.bytes(outOff, sizeof pair) == nullptr) return -EFAULT;
  const int result = make(pair.fds);
  if (result >= 0) e.arena.store(outOff, pair);
  return result;
}

Result openPipe(Environment& e, int32_t outOff) { return storePair(e, outOff, platform::openPipe); }

Result openTerminal(Environment& e, int32_t rows, int32_t columns, int32_t outOff) {
  return storePair(e, outOff, [&](int* fds) { return platform::openTerminal(rows, columns, fds); });
}

Result setTerminalSize(Environment&, int32_t terminal, int32_t rows, int32_t columns) {
  return platform::setTerminalSize(terminal, rows, columns);
}

Result mount(Environment& e, int32_t sourceOff, int32_t targetOff, int32_t typeOff, int32_t flags, int32_t optionsOff) {
  const Text texts[4] = {e.arena.path(sourceOff), e.arena.path(targetOff), e.arena.path(typeOff),
                         e.arena.path(optionsOff)};
  for (const Text& text : texts) {
    if (text.error != 0) return text.error;
  }
  return platform::mount(texts[0].text, texts[1].text, texts[2].text, static_cast<unsigned>(flags), texts[3].text);
}

Result unmount(Environment& e, int32_t targetOff, int32_t flags) {
  const Text target = e.arena.path(targetOff);
  return target.error != 0 ? target.error : platform::unmount(target.text, flags);
}

Result bindDirectory(Environment& e, int32_t rootOff, int32_t wayOff, int32_t targetOff, int32_t readOnly) {
  const Text texts[3] = {e.arena.path(rootOff), e.arena.path(wayOff), e.arena.path(targetOff)};
  for (const Text& text : texts) {
    if (text.error != 0) return text.error;
  }
  return platform::bindDirectory(texts[0].text, texts[1].text, texts[2].text, readOnly != 0);
}

Result agentWait(Environment& e, int32_t fuse, int32_t id, int32_t bulkId, int32_t bulkLeast, int32_t fuseOff, int32_t fuseCap,
                 int32_t laneOff, int32_t laneCap, int32_t resultOff, int32_t spinMicroseconds, int32_t milliseconds) {
  struct Results {
    int32_t fuse, lane, bulk;
  };
  uint8_t* const fuseOut = e.arena.bytes(fuseCap == 0 ? 0 : fuseOff, fuseCap);
  uint8_t* const laneOut = e.arena.bytes(laneCap == 0 ? 0 : laneOff, laneCap);
  if (fuseOut == nullptr || laneOut == nullptr || !e.arena.store(resultOff, Results{0, 0, 0})) return -EFAULT;
  const std::shared_ptr<Lane> lane = Registry<Lane>::all().find(id);
  const std::shared_ptr<Lane> bulk = bulkId == 0 ? nullptr : Registry<Lane>::all().find(bulkId);
  if (lane == nullptr || (bulkId != 0 && bulk == nullptr)) return -EBADF;
  if (lane->wokenInTraffic()) return kWoken;
  AgentWait wait(fuse, {fuseOut, static_cast<size_t>(fuseCap)}, *lane, {laneOut, static_cast<size_t>(laneCap)},
                 {bulk.get(), static_cast<size_t>(bulkLeast < 0 ? 0 : bulkLeast)});
  const int result = wait.run(spinMicroseconds, milliseconds);
  if (result != 0) return result;
  e.arena.store(resultOff, Results{linuxResult(wait.fuseResult), linuxResult(wait.laneResult),
                                   static_cast<int32_t>(wait.bulkResult)});
  return 0;
}

Result fuseWrite(Environment& e, int32_t fuse, int32_t off, int32_t length) {
  const uint8_t* message = e.arena.bytes(off, length);
  if (message == nullptr) return -EFAULT;
  for (;;) {
    if (::write(fuse, message, static_cast<size_t>(length)) >= 0) return 0;
    if (errno != EINTR) return -errno;
  }
}

Result pumpStart(Environment& e, int32_t id, int32_t fuse, int32_t waker) {
  std::shared_ptr<Lane> lane = Registry<Lane>::all().find(id);
  if (lane == nullptr) return -EBADF;
  const int stop = platform::wakerCreate();
  if (stop < 0) return stop;
  auto pump = std::make_shared<Pump>(std::move(lane), fuse, waker, Descriptor(stop));
  const int started = pump->start();
  if (started < 0) return started;
  e.own(pump);
  return Registry<Pump>::all().add(std::move(pump));
}

Result pumpStatus(Environment&, int32_t id) {
  const std::shared_ptr<Pump> pump = Registry<Pump>::all().find(id);
  return pump == nullptr ? -EBADF : pump->status();
}

Result pumpSettle(Environment& e, int32_t id, int32_t count, int32_t milliseconds, int32_t outOff) {
  const std::shared_ptr<Pump> pump = Registry<Pump>::all().find(id);
  if (pump == nullptr) return -EBADF;
  if (!e.arena.store(outOff, uint32_t{0})) return -EFAULT;
  e.arena.store(outOff, pump->settle(static_cast<uint32_t>(count), milliseconds));
  return pump->status();
}

Result pumpFailure(Environment& e, int32_t id, int32_t outOff) {
  struct Told {
    uint64_t unique;
    int32_t error;
    uint32_t padding;
  };
  const std::shared_ptr<Pump> pump = Registry<Pump>::all().find(id);
  if (pump == nullptr) return -EBADF;
  if (!e.arena.store(outOff, Told{0, 0, 0})) return -EFAULT;
  Pump::Failure failure;
  if (!pump->takeFailure(&failure)) return 0;
  e.arena.store(outOff, Told{failure.unique, failure.error, 0});
  return 1;
}

Result pumpStop(Environment& e, int32_t id) {
  const std::shared_ptr<Pump> pump = Registry<Pump>::all().find(id);
  if (pump == nullptr) return -EBADF;
  pump->abandon();
  e.disown(pump.get());
  return 0;
}

Result receiveDescriptor(Environment&, int32_t socket) { return platform::receiveDescriptor(socket); }

Result socketPair(Environment& e, int32_t outOff) { return storePair(e, outOff, platform::socketPair); }

Result connectUnix(Environment& e, int32_t pathOff) {
  const Text path = e.arena.path(pathOff);
  return path.error != 0 ? path.error : platform::connectUnix(path.text);
}

}  // namespace
}  // namespace calls

void registerGuestCalls(Registrar& r) {
  r.add<calls::fuseOpen>("fuseOpen");
  r.add<calls::connectVsock>("connectVsock");
  r.add<calls::duplicateOnto>("duplicateOnto");
  r.add<calls::openPipe>("openPipe");
  r.add<calls::openTerminal>("openTerminal");
  r.add<calls::setTerminalSize>("setTerminalSize");
  r.add<calls::mount>("mount");
  r.add<calls::unmount>("unmount");
  r.add<calls::bindDirectory>("bindDirectory");
  r.add<calls::agentWait>("agentWait");
  r.add<calls::fuseWrite>("fuseWrite");
  r.add<calls::pumpStart>("pumpStart");
  r.add<calls::pumpStatus>("pumpStatus");
  r.add<calls::pumpSettle>("pumpSettle");
  r.add<calls::pumpFailure>("pumpFailure");
  r.add<calls::pumpStop>("pumpStop");
  r.add<calls::receiveDescriptor>("receiveDescriptor");
  r.add<calls::socketPair>("socketPair");
  r.add<calls::connectUnix>("connectUnix");
}
