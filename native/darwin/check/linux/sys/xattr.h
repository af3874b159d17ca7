/** The calls of macOS (bulk.cc) with Linux's numbers for the flags, because the seam is Linux's own here. */
#pragma once

#include "../../sys/xattr.h"

#undef XATTR_NOFOLLOW
#undef XATTR_CREATE
#undef XATTR_REPLACE
#define XATTR_NOFOLLOW 0x100
#define XATTR_CREATE 1
#define XATTR_REPLACE 2
