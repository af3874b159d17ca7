#include "injector.h"

#include <errno.h>

#include "platform.h"
#include "thread.h"

int Injector::start() {
  // The thread holds the injector itself: it may be the last who does.
  auto* const own = new std::shared_ptr<Injector>(shared_from_this());
  pthread_t thread;
  if (!startThread(&thread, run, own, true)) {
    delete own;
    return -EAGAIN;
  }
  std::unique_lock<std::mutex> held(mutex_);
  taken_.wait(held, [&] { return ready_; });
  return stopping_ ? -EPERM : 0;
}

void* Injector::run(void* argument) {
  platform::nameThread("osmofs-inject");
  auto* const own = static_cast<std::shared_ptr<Injector>*>(argument);
  (*own)->serve();
  delete own;
  return nullptr;
}

void Injector::serve() {
  const std::unique_ptr<PrivateView> view = platform::beginView();
  std::unique_lock<std::mutex> held(mutex_);
  thread_ = platform::threadNumber();
  ready_ = true;
  if (view == nullptr) stopping_ = true;
  taken_.notify_all();
  for (;;) {
    given_.wait(held, [&] { return stopping_ || !jobs_.empty(); });
    if (stopping_) break;
    const Job job = std::move(jobs_.front());
    jobs_.pop_front();
    if (job.stage != nullptr) *job.stage = Stage::kBegun;
    held.unlock();
    job.work(*view);
    held.lock();
    if (job.stage != nullptr) *job.stage = Stage::kDone;
    taken_.notify_all();
  }
  jobs_.clear();
  held.unlock();
  if (view != nullptr) view->close();
}

/** False if it was not done. What has begun when the injector stops is waited for: it works on the caller's memory. */
bool Injector::giveAndWait(Work work) {
  Stage stage = Stage::kWaiting;
  std::unique_lock<std::mutex> held(mutex_);
  if (stopping_) return false;
  jobs_.push_back({std::move(work), &stage});
  given_.notify_one();
  taken_.wait(held, [&] { return stage == Stage::kDone || (stopping_ && stage == Stage::kWaiting); });
  return stage == Stage::kDone;
}

int Injector::open(const char* point) {
  int result = -ECANCELED;
  giveAndWait([&](PrivateView& view) { result = view.open(point); });
  return result;
}

int Injector::perform(const InjectedCall& call, bool anew) {
  int result = -ECANCELED;
  giveAndWait([&](PrivateView& view) { result = view.perform(call, anew); });
  return result;
}

uint64_t Injector::device() {
  uint64_t result = 0;
  giveAndWait([&](PrivateView& view) { result = view.device(); });
  return result;
}

void Injector::release(bool wait) {
  const auto close = [](PrivateView& view) { view.close(); };
  if (wait) {
    giveAndWait(close);
    return;
  }
  std::lock_guard<std::mutex> held(mutex_);
  jobs_.push_back({close, nullptr});
  given_.notify_one();
}

void Injector::stop() {
  std::lock_guard<std::mutex> held(mutex_);
  stopping_ = true;
  given_.notify_one();
  taken_.notify_all();
}
