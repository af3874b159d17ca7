/** The lines of /proc/PID/mountinfo, proc_pid_mountinfo(5). Reading it asks no file system anything. */
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace platform {

struct MountLine {
  int id, parent;
  /** as st_dev says */
  uint64_t device;
  /** what of the superblock is mounted, and where; escaped as in the file */
  std::string_view root, point;
};

/** Reads from the start of the file: 0 or -errno. */
int readMounts(int fd, std::string* text);
/** Takes the first line off the text; false at the end, and for a line that is none. */
bool nextMount(std::string_view* text, MountLine* line);
/** Space, tab, newline and backslash are written as three octal digits behind a backslash. */
std::string unescaped(std::string_view field);

}  // namespace platform
