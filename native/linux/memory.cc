/** Memory that only the start needed. */
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "platform.h"

namespace platform {

/**
 * Starting Node runs through most of its 40 MiB of program text once; serving requests needs a small part of it. Text pages
 * are never written, so taking them out of this process's page tables loses nothing: what is needed again comes back from
 * the page cache with a minor fault, and the rest no longer counts as ours.
 */
void releaseStartMemory() {
  malloc_trim(0);
  char program[4096];
  const ssize_t length = ::readlink("/proc/self/exe", program, sizeof program - 1);
  if (length <= 0) return;
  program[length] = '\0';
  FILE* const maps = fopen("/proc/self/maps", "re");
  if (maps == nullptr) return;
  char line[8192];
  while (fgets(line, sizeof line, maps) != nullptr) {
    unsigned long from, to;
    char access[5];
    int path = 0;
    if (sscanf(line, "%lx-%lx %4s %*s %*s %*s %n", &from, &to, access, &path) != 3 || path == 0) continue;
    line[strcspn(line, "\n")] = '\0';
    // Private and executable, never writable: no page of it can be a changed copy.
    if (std::strcmp(access, "r-xp") != 0 || std::strcmp(line + path, program) != 0) continue;
    madvise(reinterpret_cast<void*>(from), to - from, MADV_DONTNEED);
  }
  fclose(maps);
}

}  // namespace platform
