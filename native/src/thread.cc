#include "thread.h"

#include <signal.h>
#include <unistd.h>

#include <cstdlib>

#include "platform.h"

namespace {

// They hold nothing large on their stacks, and there may be 256 of them waiting for locks.
constexpr size_t kStack = 256 * 1024;

struct Scratch {
  uint8_t* memory = nullptr;
  size_t size = 0;
  ~Scratch() { std::free(memory); }
};

thread_local bool stoodBack = false;

}  // namespace

void standBack() {
  if (stoodBack) return;
  stoodBack = true;
  platform::lowerPriority();
}

bool standsBack() { return stoodBack; }

bool startThread(pthread_t* thread, void* (*run)(void*), void* argument, bool detached) {
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) return false;
  pthread_attr_setstacksize(&attributes, kStack);
  pthread_attr_setdetachstate(&attributes, detached ? PTHREAD_CREATE_DETACHED : PTHREAD_CREATE_JOINABLE);
  // A new thread inherits the mask, so it is set here: no instant with signals open.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const int failed = pthread_create(thread, &attributes, run, argument);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attributes);
  return failed == 0;
}

uint8_t* threadScratch(size_t bytes) {
  thread_local Scratch mine;
  if (mine.size < bytes) {
    std::free(mine.memory);
    mine.size = 0;
    void* memory = nullptr;
    if (posix_memalign(&memory, static_cast<size_t>(sysconf(_SC_PAGESIZE)), bytes) != 0) memory = nullptr;
    mine.memory = static_cast<uint8_t*>(memory);
    if (memory != nullptr) mine.size = bytes;
  }
  return mine.memory;
}
