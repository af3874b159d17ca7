/** fstatfs(2) is where macOS has it; Linux's own header of this name has mount(2), which this folder does not use. */
#pragma once
#include <sys/vfs.h>
