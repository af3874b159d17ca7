/** kqueue(2) with user events only, see check/linux. */
#pragma once

#include <stdint.h>
#include <time.h>

#define EVFILT_USER (-10)
#define EV_ADD 0x0001
#define EV_CLEAR 0x0020
#define NOTE_TRIGGER 0x01000000

struct kevent {
  uintptr_t ident;
  int16_t filter;
  uint16_t flags;
  uint32_t fflags;
};
#define EV_SET(event, id, kind, how, notes, data, user) \
  (*(event) = {static_cast<uintptr_t>(id), static_cast<int16_t>(kind), static_cast<uint16_t>(how), notes})

int kqueue();
int kevent(int queue, const struct kevent* changes, int count, struct kevent* events, int room,
           const struct timespec* timeout);
