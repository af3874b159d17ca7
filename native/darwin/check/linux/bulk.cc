/** getattrlistbulk(2) over getdents64(2), packed as getattrlist(2) describes; and the calls on extended attributes. */
#include "darwin.h"

#include <sys/attr.h>
#include <sys/xattr.h>

namespace {

struct linux_dirent64 {
  uint64_t d_ino;
  int64_t d_off;
  unsigned short d_reclen;
  unsigned char d_type;
  char d_name[];
};

fsobj_type_t vnodeType(unsigned char type) {
  switch (type) {
    case DT_REG:
      return 1;
    case DT_DIR:
      return 2;
    case DT_BLK:
      return 3;
    case DT_CHR:
      return 4;
    case DT_LNK:
      return 5;
    case DT_SOCK:
      return 6;
    case DT_FIFO:
      return 7;
    default:
      return 0;
  }
}

/** One packed record; its length, 0 if it does not fit. */
size_t pack(const linux_dirent64& entry, uint8_t* to, size_t room) {
  constexpr size_t kFixed = sizeof(uint32_t) + sizeof(attribute_set_t) + sizeof(uint32_t) + sizeof(attrreference_t) +
                            sizeof(fsobj_type_t) + sizeof(uint64_t);
  const uint32_t nameLength = static_cast<uint32_t>(strlen(entry.d_name)) + 1;
  const uint32_t length = static_cast<uint32_t>((kFixed + nameLength + 7) & ~size_t{7});
  if (length > room) return 0;
  uint8_t* at = to;
  const auto put = [&at](const auto& field) {
    memcpy(at, &field, sizeof field);
    at += sizeof field;
  };
  memset(to, 0, length);
  put(length);
  put(attribute_set_t{
      ATTR_CMN_RETURNED_ATTRS | ATTR_CMN_ERROR | ATTR_CMN_NAME | ATTR_CMN_OBJTYPE | ATTR_CMN_FILEID, 0, 0, 0, 0});
  put(uint32_t{0});
  const auto fromReference = static_cast<int32_t>(to + kFixed - at);
  put(attrreference_t{fromReference, nameLength});
  put(vnodeType(entry.d_type));
  put(entry.d_ino);
  memcpy(at, entry.d_name, nameLength);
  return length;
}

}  // namespace

int getattrlistbulk(int fd, struct attrlist*, void* buffer, size_t size, uint64_t) {
  alignas(8) uint8_t entries[4096];
  auto* to = static_cast<uint8_t*>(buffer);
  int count = 0;
  off_t taken = lseek(fd, 0, SEEK_CUR);
  for (;;) {
    const long got = syscall(SYS_getdents64, fd, entries, sizeof entries);
    if (got <= 0) return got < 0 && count == 0 ? -1 : count;
    for (long at = 0; at < got;) {
      const auto& entry = *reinterpret_cast<linux_dirent64*>(entries + at);
      at += entry.d_reclen;
      const bool dots = strcmp(entry.d_name, ".") == 0 || strcmp(entry.d_name, "..") == 0;
      const size_t packed = dots ? 0 : pack(entry, to, size);
      if (!dots && packed == 0) {
        // Full: the next call begins with this entry.
        lseek(fd, taken, SEEK_SET);
        if (count == 0) errno = ERANGE;
        return count == 0 ? -1 : count;
      }
      taken = entry.d_off;
      to += packed;
      size -= packed;
      if (!dots) count++;
    }
  }
}

namespace {

struct SelfPath {
  char text[40];
  explicit SelfPath(int fd) { snprintf(text, sizeof text, "/proc/self/fd/%d", fd); }
};

/** XATTR_NOFOLLOW is refused with a descriptor, and always given with a name. */
bool wrong(int options, bool byName) {
  if (((options & XATTR_NOFOLLOW) != 0) == byName) return false;
  errno = EINVAL;
  return true;
}

int own(int options) { return options & (XATTR_CREATE | XATTR_REPLACE); }

}  // namespace

// Hidden in this library, so they do not shadow libc's for anybody else.
extern "C" {

ssize_t getxattr(const char* path, const char* name, void* value, size_t size, uint32_t, int options) {
  return wrong(options, true) ? -1 : syscall(SYS_lgetxattr, path, name, value, size);
}
ssize_t fgetxattr(int fd, const char* name, void* value, size_t size, uint32_t, int options) {
  return wrong(options, false) ? -1 : syscall(SYS_getxattr, SelfPath(fd).text, name, value, size);
}
int setxattr(const char* path, const char* name, const void* value, size_t size, uint32_t, int options) {
  return wrong(options, true) ? -1 : static_cast<int>(syscall(SYS_lsetxattr, path, name, value, size, own(options)));
}
int fsetxattr(int fd, const char* name, const void* value, size_t size, uint32_t, int options) {
  return wrong(options, false)
             ? -1
             : static_cast<int>(syscall(SYS_setxattr, SelfPath(fd).text, name, value, size, own(options)));
}
ssize_t listxattr(const char* path, char* names, size_t size, int options) {
  return wrong(options, true) ? -1 : syscall(SYS_llistxattr, path, names, size);
}
ssize_t flistxattr(int fd, char* names, size_t size, int options) {
  return wrong(options, false) ? -1 : syscall(SYS_listxattr, SelfPath(fd).text, names, size);
}
int removexattr(const char* path, const char* name, int options) {
  return wrong(options, true) ? -1 : static_cast<int>(syscall(SYS_lremovexattr, path, name));
}
int fremovexattr(int fd, const char* name, int options) {
  return wrong(options, false) ? -1 : static_cast<int>(syscall(SYS_removexattr, SelfPath(fd).text, name));
}
}
