#include "lock_wait.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>

#include <chrono>
#include <condition_variable>
#include <list>
#include <mutex>

#include "error.h"
#include "platform.h"
#include "thread.h"

namespace lockwait {
namespace {

constexpr size_t kMostWaits = 256;
// Ignored unless somebody handles it, so a late one that hits a process without our handler does no harm; neither Node
// nor libuv nor V8 use it.
constexpr int kSignal = SIGURG;

struct Wait {
  Operation operation;
  pthread_t thread;
  /** The thread has set `thread`'s number in place; before, there is nobody to signal. */
  bool started = false;
  std::atomic<bool> cancelled{false};
};

// Never destroyed, as the pool.
struct Waits {
  std::mutex mutex;
  std::condition_variable cancelled;
  std::list<Wait> list;
  bool interrupter = false;
};
Waits& waits() {
  static auto* const all = new Waits;
  return *all;
}

void ignore(int) {}

/**
 * Signals cancelled waits until they are gone. Once would not do: a signal that comes between a thread's look at
 * `cancelled` and its system call has no effect, so it is repeated every millisecond for the few that are hit by that.
 */
void* interrupt(void*) {
  platform::nameThread("osmofs-unlock");
  std::unique_lock<std::mutex> held(waits().mutex);
  for (;;) {
    bool any = false;
    for (Wait& wait : waits().list) {
      if (!wait.cancelled.load()) continue;
      any = true;
      // Whoever is in the list has not ended: it leaves the list first, under this mutex.
      if (wait.started) pthread_kill(wait.thread, kSignal);
    }
    if (any) {
      waits().cancelled.wait_for(held, std::chrono::milliseconds(1));
    } else {
      waits().cancelled.wait(held);
    }
  }
}

int waitForLock(Wait& wait) {
  const Operation& operation = wait.operation;
  for (;;) {
    if (wait.cancelled.load()) return -EINTR;
    int result;
    if (operation.kind == SlowOp::kFlockWait) {
      result = platform::flockWait(operation.fd(), static_cast<int>(operation.args[0]));
    } else {
      const platform::FileLock lock = {operation.args[0], operation.args[1], static_cast<uint32_t>(operation.args[2]),
                                       static_cast<uint32_t>(operation.args[2] >> 32)};
      result = platform::lockWait(operation.fd(), lock);
    }
    if (result != -EINTR) return result;
  }
}

void* run(void* argument) {
  platform::nameThread("osmofs-lock");
  Wait& wait = *static_cast<Wait*>(argument);
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, kSignal);
  pthread_sigmask(SIG_UNBLOCK, &only, nullptr);
  const int result = waitForLock(wait);
  Operation operation;
  {
    std::lock_guard<std::mutex> held(waits().mutex);
    operation = std::move(wait.operation);
    waits().list.remove_if([&](const Wait& each) { return &each == &wait; });
  }
  // Noted first: the guest's next lock request may come as soon as it has the answer.
  if (operation.kind == SlowOp::kLockWait) operation.lane->finishedWaits.add(operation.unique, linuxResult(result));
  operation.lane->reply(operation.unique, result, nullptr, 0);
  operation.finish(&operation.lane->running);
  return nullptr;
}

/** The handler and the interrupter, once per process; false without a thread for it. The mutex is held. */
bool prepare() {
  if (waits().interrupter) return true;
  struct sigaction action {};
  // Without SA_RESTART: the very point is that the system call returns.
  action.sa_handler = ignore;
  sigaction(kSignal, &action, nullptr);
  pthread_t thread;
  waits().interrupter = startThread(&thread, interrupt, nullptr, true);
  return waits().interrupter;
}

}  // namespace

void start(Operation&& operation) {
  std::unique_lock<std::mutex> held(waits().mutex);
  operation.lane->running.fetch_add(1);
  if (waits().list.size() < kMostWaits && prepare()) {
    Wait& wait = waits().list.emplace_back();
    wait.operation = std::move(operation);
    // The new thread cannot leave the list before this mutex is given back, so `thread` is set when it matters.
    wait.started = startThread(&wait.thread, run, &wait, true);
    if (wait.started) return;
    operation = std::move(wait.operation);
    waits().list.pop_back();
  }
  held.unlock();
  if (operation.kind == SlowOp::kLockWait) operation.lane->finishedWaits.add(operation.unique, linuxResult(-ENOLCK));
  operation.lane->reply(operation.unique, -ENOLCK, nullptr, 0);
  operation.finish(&operation.lane->running);
}

bool cancel(const Lane* lane, uint64_t unique) {
  std::lock_guard<std::mutex> held(waits().mutex);
  for (Wait& wait : waits().list) {
    if (wait.operation.lane.get() != lane || wait.operation.unique != unique) continue;
    wait.cancelled.store(true);
    waits().cancelled.notify_one();
    return true;
  }
  return false;
}

void cancelAll(const Lane* lane) {
  std::lock_guard<std::mutex> held(waits().mutex);
  for (Wait& wait : waits().list) {
    if (wait.operation.lane.get() == lane) wait.cancelled.store(true);
  }
  waits().cancelled.notify_one();
}

}  // namespace lockwait
