/** inotify is Linux's; macOS is watched by FSEvents, from TypeScript. `os.ts` of this folder answers ENOSYS. */
#include "args.h"

void registerWatchCalls(Registrar&) {}
