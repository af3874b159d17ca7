/** macOS is a host only: the guest's side does not exist. */
#include <errno.h>

#include "platform.h"

namespace platform {

int fuseOpen() { return -ENOSYS; }
int connectVsock(uint32_t, uint32_t) { return -ENOSYS; }
int duplicateOnto(int, int) { return -ENOSYS; }
int openPipe(int*) { return -ENOSYS; }
int openTerminal(int, int, int*) { return -ENOSYS; }
int setTerminalSize(int, int, int) { return -ENOSYS; }
int mount(const char*, const char*, const char*, unsigned, const char*) { return -ENOSYS; }
int unmount(const char*, int) { return -ENOSYS; }

}  // namespace platform
