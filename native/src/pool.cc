#include "pool.h"

#include <errno.h>

#include <algorithm>
#include <vector>

#include "platform.h"
#include "thread.h"

namespace {
constexpr int kThreads = 4;
constexpr int kMostQueued = 1024;
}  // namespace

// Never destroyed: its threads live until the process ends, past the destructors of static objects.
Pool& Pool::instance() {
  static auto* const pool = new Pool;
  return *pool;
}

void Operation::finish(std::atomic<int32_t>* count) {
  a.reset();
  b.reset();
  owned.reset();
  count->fetch_sub(1);
  lane->kickOwner();
  lane.reset();
}

int Pool::submit(Operation&& operation) {
  std::lock_guard<std::mutex> held(mutex_);
  if (operation.lane->queued.load() >= kMostQueued) {
    operation.refuse();
    return -EAGAIN;
  }
  while (threads_ < kThreads) {
    pthread_t thread;
    if (!startThread(&thread, run, this, true)) break;
    threads_++;
  }
  if (threads_ == 0) {
    operation.refuse();
    return -EAGAIN;
  }
  operation.lane->queued.fetch_add(1);
  queue_.push_back(std::move(operation));
  changed_.notify_one();
  return 0;
}

bool Pool::cancel(const Lane* lane, uint64_t unique) {
  Operation found;
  {
    std::lock_guard<std::mutex> held(mutex_);
    const auto at = std::find_if(queue_.begin(), queue_.end(), [&](const Operation& each) {
      return each.lane.get() == lane && each.unique == unique;
    });
    if (at == queue_.end()) return false;
    found = std::move(*at);
    queue_.erase(at);
  }
  found.lane->reply(unique, -EINTR, nullptr, 0);
  found.finish(&found.lane->queued);
  return true;
}

void Pool::drop(const Lane* lane) {
  std::vector<Operation> dropped;
  {
    std::lock_guard<std::mutex> held(mutex_);
    for (auto at = queue_.begin(); at != queue_.end();) {
      if (at->lane.get() == lane) {
        dropped.push_back(std::move(*at));
        at = queue_.erase(at);
      } else {
        ++at;
      }
    }
  }
  for (Operation& each : dropped) each.finish(&each.lane->queued);
}

void Pool::resume() {
  std::lock_guard<std::mutex> held(mutex_);
  changed_.notify_all();
}

void* Pool::run(void* pool) {
  platform::nameThread("osmofs-pool");
  standBack();
  static_cast<Pool*>(pool)->work();
  return nullptr;
}

void Pool::work() {
  std::unique_lock<std::mutex> held(mutex_);
  for (;;) {
    // A lane whose peer does not read its replies waits; the others do not wait for it.
    const auto at = std::find_if(queue_.begin(), queue_.end(), [](const Operation& each) { return !each.lane->congested(); });
    if (at == queue_.end()) {
      changed_.wait(held);
      continue;
    }
    Operation operation = std::move(*at);
    queue_.erase(at);
    operation.lane->running.fetch_add(1);
    operation.lane->queued.fetch_sub(1);
    held.unlock();
    perform(operation);
    operation.finish(&operation.lane->running);
    held.lock();
  }
}
