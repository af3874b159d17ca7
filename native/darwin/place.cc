#include "place.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "system.h"

namespace platform {

namespace {

bool leadsTo(const Place& place, dev_t device, ino_t inode) {
  struct ::stat found;
  return ::fstatat(place.base, place.name, &found, AT_SYMLINK_NOFOLLOW) == 0 && found.st_dev == device &&
         found.st_ino == inode;
}

int byNumber(dev_t device, ino_t inode, Place* out) {
  out->base = AT_FDCWD;
  ::snprintf(out->name, sizeof out->name, "%s%u/%llu", kByNumber, static_cast<unsigned>(device),
             static_cast<unsigned long long>(inode));
  return leadsTo(*out, device, inode) ? 0 : -ESTALE;
}

}  // namespace

int findPlace(int fd, Place* out) {
  out->holder = standInOf(fd);
  if (const StandIn* standIn = out->holder.get()) {
    out->base = standIn->directory.get();
    ::strlcpy(out->name, standIn->name.c_str(), sizeof out->name);
    if (leadsTo(*out, standIn->seen.st_dev, standIn->seen.st_ino)) return 0;
    return byNumber(standIn->seen.st_dev, standIn->seen.st_ino, out);
  }
  struct ::stat self;
  const int looked = done([&] { return ::fstat(fd, &self); });
  if (looked < 0) return looked;
  out->base = AT_FDCWD;
  const int told = currentPath(fd, out->name);
  if (told == 0 && leadsTo(*out, self.st_dev, self.st_ino)) return 0;
  const int found = byNumber(self.st_dev, self.st_ino, out);
  return found < 0 && told == -ENAMETOOLONG ? told : found;
}

int currentPath(int fd, char* out) {
  const int told = done([&] { return ::fcntl(fd, F_GETPATH, out); });
  // vn_getpath(9) calls it "no space".
  return told == -ENOSPC || told == -ERANGE ? -ENAMETOOLONG : told;
}

}  // namespace platform
