/** macOS is a host only: the guest's side does not exist. */
#include <errno.h>

#include "platform.h"
#include "private_view.h"

namespace platform {

int fuseOpen() { return -ENOSYS; }
int connectVsock(uint32_t, uint32_t) { return -ENOSYS; }
int duplicateOnto(int, int) { return -ENOSYS; }
int openPipe(int*) { return -ENOSYS; }
int openTerminal(int, int, int*) { return -ENOSYS; }
int setTerminalSize(int, int, int) { return -ENOSYS; }
int mount(const char*, const char*, const char*, unsigned, const char*) { return -ENOSYS; }
int unmount(const char*, int) { return -ENOSYS; }
int bindDirectory(const char*, const char*, const char*, bool) { return -ENOSYS; }
std::unique_ptr<PrivateView> beginView() { return nullptr; }
int threadNumber() { return 0; }
int openMounts() { return -ENOSYS; }
int64_t mountDevice(int, int) { return -ENOSYS; }

}  // namespace platform
