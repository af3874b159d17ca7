/** The vsock device serves QEMU on Linux; macOS's hypervisors bring their own. `os.ts` of this folder answers ENOSYS. */
#include "args.h"

void registerVsockCalls(Registrar&) {}
