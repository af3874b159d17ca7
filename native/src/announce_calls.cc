/** The calls on announcers. */
#include <errno.h>

#include "announcer.h"
#include "args.h"
#include "platform.h"

namespace calls {
namespace {

using Result = int64_t;

std::shared_ptr<Announcer> find(int32_t id) { return Registry<Announcer>::all().find(id); }

Result announcerStart(Environment& e, int32_t fuse, int32_t laneId) {
  std::shared_ptr<Lane> lane = laneId == 0 ? nullptr : Registry<Lane>::all().find(laneId);
  if (laneId != 0 && lane == nullptr) return -EBADF;
  const int own = platform::duplicate(fuse);
  if (own < 0) return own;
  Descriptor duplicate(own);
  const int waker = platform::wakerCreate();
  if (waker < 0) return waker;
  auto announcer = std::make_shared<Announcer>(std::move(duplicate), std::move(lane), Descriptor(waker));
  const int started = announcer->start();
  if (started < 0) return started;
  e.own(announcer);
  return Registry<Announcer>::all().add(std::move(announcer));
}

Result announcerPush(Environment& e, int32_t id, int32_t off, int32_t length) {
  const uint8_t* message = e.arena.bytes(off, length);
  if (message == nullptr) return -EFAULT;
  const std::shared_ptr<Announcer> announcer = find(id);
  return announcer == nullptr ? -EBADF : announcer->push(message, static_cast<size_t>(length));
}

Result announcerOpen(Environment& e, int32_t id, int32_t pointOff) {
  const Text point = e.arena.path(pointOff);
  if (point.error != 0) return point.error;
  const std::shared_ptr<Announcer> announcer = find(id);
  return announcer == nullptr ? -EBADF : announcer->open(point.text);
}

Result announcerFollow(Environment&, int32_t id, int32_t mountId, int32_t changed) {
  const std::shared_ptr<Announcer> announcer = find(id);
  if (announcer == nullptr) return -EBADF;
  const int own = changed < 0 ? -1 : platform::duplicate(changed);
  if (changed >= 0 && own < 0) return own;
  return announcer->follow(mountId, Descriptor(own));
}

Result announcerChanges(Environment&, int32_t id) {
  const std::shared_ptr<Announcer> announcer = find(id);
  return announcer == nullptr ? -EBADF : announcer->changes();
}

Result announcerRelease(Environment&, int32_t id, int32_t wait) {
  const std::shared_ptr<Announcer> announcer = find(id);
  if (announcer == nullptr) return -EBADF;
  announcer->release(wait != 0);
  return 0;
}

Result announcerInjector(Environment&, int32_t id) {
  const std::shared_ptr<Announcer> announcer = find(id);
  return announcer == nullptr ? -EBADF : announcer->injector();
}

Result announcerCounts(Environment& e, int32_t id, int32_t outOff) {
  const std::shared_ptr<Announcer> announcer = find(id);
  if (announcer == nullptr) return -EBADF;
  return e.arena.store(outOff, announcer->counts()) ? 0 : -EFAULT;
}

Result announcerStop(Environment& e, int32_t id) {
  const std::shared_ptr<Announcer> announcer = find(id);
  if (announcer == nullptr) return -EBADF;
  announcer->abandon();
  e.disown(announcer.get());
  return 0;
}

}  // namespace
}  // namespace calls

void registerAnnounceCalls(Registrar& r) {
  r.add<calls::announcerStart>("announcerStart");
  r.add<calls::announcerPush>("announcerPush");
  r.add<calls::announcerOpen>("announcerOpen");
  r.add<calls::announcerFollow>("announcerFollow");
  r.add<calls::announcerChanges>("announcerChanges");
  r.add<calls::announcerRelease>("announcerRelease");
  r.add<calls::announcerInjector>("announcerInjector");
  r.add<calls::announcerCounts>("announcerCounts");
  r.add<calls::announcerStop>("announcerStop");
}
