/** getattrlist(2) as far as check/linux needs it; values from the man page. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define ATTR_BIT_MAP_COUNT 5
#define ATTR_CMN_NAME 0x00000001u
#define ATTR_CMN_OBJTYPE 0x00000008u
#define ATTR_CMN_FILEID 0x02000000u
#define ATTR_CMN_ERROR 0x20000000u
#define ATTR_CMN_RETURNED_ATTRS 0x80000000u

typedef uint32_t attrgroup_t;
typedef uint32_t fsobj_type_t;
struct attrlist {
  uint16_t bitmapcount, reserved;
  attrgroup_t commonattr, volattr, dirattr, fileattr, forkattr;
};
struct attribute_set_t {
  attrgroup_t commonattr, volattr, dirattr, fileattr, forkattr;
};
struct attrreference_t {
  int32_t attr_dataoffset;
  uint32_t attr_length;
};

int getattrlistbulk(int fd, struct attrlist* wanted, void* buffer, size_t size, uint64_t options);
