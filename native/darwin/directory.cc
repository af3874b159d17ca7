/**
 * Reading directories with getattrlistbulk(2), whose only positions are "go on" and "from the start".
 *
 * Beside each descriptor that is being read, the entries seen so far are kept in the order the system gave them, already
 * as FUSE records. A cookie is the number of entries before it. So:
 *  - reading on, or from any earlier cookie, gives each entry once and in the same order, whatever happens to the
 *    directory meanwhile: an entry that was seen and is removed stays in the list, as POSIX allows; an entry made during
 *    the listing appears or not, as the system decides (APFS: if it sorts after the point reached);
 *  - cookie 0 starts afresh and sees the directory as it is then, as rewinddir(3) must;
 *  - a cookie beyond what was seen is read up to; beyond the end it is the end.
 * When the list is lost (the descriptor was read by somebody else, or is a duplicate), it is built again from the start
 * up to the cookie; only then can a concurrent change shift entries. Memory: some 40 bytes an entry until the
 * descriptor is closed or rewound.
 */
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/attr.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <mutex>
#include <new>
#include <unordered_map>
#include <vector>

#include "bulk_entries.h"
#include "listing.h"
#include "platform.h"
#include "system.h"

namespace platform {

namespace {

/** Guests match no object against it: the kernel's FUSE_UNKNOWN_INO. Zero would make libc skip the entry. */
constexpr uint64_t kUnknownInode = 0xffffffff;

class Listing {
 public:
  std::mutex mutex;

  /** Forgets everything unless `fd` stands where this listing left it. */
  int follow(int fd, bool restart);
  /** Reads until `room` bytes of records from entry `first` on are known, or the directory ends. 0 or -errno. */
  int readUpTo(int fd, uint64_t first, size_t room);
  /** Copies whole records from entry `first` on. Bytes, 0 at the end, -EINVAL if the first does not fit. */
  int copy(uint64_t first, uint8_t* out, size_t capacity) const;

 private:
  size_t startOf(uint64_t entry) const { return entry == 0 ? 0 : ends_[entry - 1]; }
  bool suffices(uint64_t first, size_t room) const;
  void add(uint64_t inode, uint32_t type, const char* name, size_t length);

  std::vector<uint8_t> records_;
  std::vector<size_t> ends_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
  off_t position_ = -1;
  bool ended_ = false;
};

int Listing::follow(int fd, bool restart) {
  struct ::stat self;
  const int looked = done([&] { return ::fstat(fd, &self); });
  if (looked < 0) return looked;
  if (!S_ISDIR(self.st_mode)) return -ENOTDIR;
  if (!restart && self.st_dev == device_ && self.st_ino == inode_ && ::lseek(fd, 0, SEEK_CUR) == position_) return 0;
  // At offset 0 the system drops what it keeps beside the descriptor, too.
  position_ = ::lseek(fd, 0, SEEK_SET);
  if (position_ == -1) return -errno;
  device_ = self.st_dev;
  inode_ = self.st_ino;
  records_.clear();
  ends_.clear();
  ended_ = false;
  add(self.st_ino, DT_DIR, ".", 1);
  struct ::stat parent;
  add(::fstatat(fd, "..", &parent, 0) == 0 ? parent.st_ino : kUnknownInode, DT_DIR, "..", 2);
  return 0;
}

bool Listing::suffices(uint64_t first, size_t room) const {
  // "." and ".." are known beforehand; the system has to be asked all the same, whether it lets us read.
  if (ends_.size() < 3 || first >= ends_.size()) return ended_;
  return ended_ || records_.size() - startOf(first) >= room;
}

int Listing::readUpTo(int fd, uint64_t first, size_t room) {
  while (!suffices(first, room)) {
    alignas(8) uint8_t buffer[32 * 1024];
    const int entries = readBulk(fd, buffer, sizeof buffer);
    // What came before the error is given first; the next call meets the error again.
    if (entries < 0) return first < ends_.size() && ends_.size() >= 3 ? 0 : entries;
    if (entries == 0) ended_ = true;
    BulkCursor cursor(buffer, sizeof buffer, entries);
    for (BulkEntry entry; cursor.next(&entry);) {
      add(entry.inode != 0 ? entry.inode : kUnknownInode, entry.type, entry.name, entry.length);
    }
    position_ = ::lseek(fd, 0, SEEK_CUR);
  }
  return 0;
}

void Listing::add(uint64_t inode, uint32_t type, const char* name, size_t length) {
  const size_t start = records_.size();
  const size_t end = start + ((sizeof(FuseDirent) + length + 7) & ~size_t{7});
  ends_.push_back(end);
  records_.resize(end);  // the padding is zero
  const FuseDirent head{inode, ends_.size(), static_cast<uint32_t>(length), type};
  ::memcpy(&records_[start], &head, sizeof head);
  ::memcpy(&records_[start + sizeof head], name, length);
}

int Listing::copy(uint64_t first, uint8_t* out, size_t capacity) const {
  if (first >= ends_.size()) return 0;
  const size_t start = startOf(first);
  // The last record that still fits: its end is the last one that is no more than this.
  size_t last = first;
  while (last < ends_.size() && ends_[last] - start <= capacity) ++last;
  if (last == first) return -EINVAL;
  const size_t bytes = startOf(last) - start;
  ::memcpy(out, &records_[start], bytes);
  return static_cast<int>(bytes);
}

struct Listings {
  std::mutex mutex;
  std::unordered_map<int, std::shared_ptr<Listing>> byDescriptor;
};

// Never destroyed: threads of the pool may still close descriptors while the process runs its exit handlers.
Listings& listings() {
  static Listings& all = *new Listings;
  return all;
}

std::shared_ptr<Listing> listingOf(int fd) {
  Listings& all = listings();
  const std::lock_guard<std::mutex> lock(all.mutex);
  std::shared_ptr<Listing>& found = all.byDescriptor[fd];
  if (found == nullptr) found = std::make_shared<Listing>();
  return found;
}

}  // namespace

int readDirectory(int fd, uint64_t cookie, uint8_t* out, size_t capacity) {
  try {
    const std::shared_ptr<Listing> listing = listingOf(fd);
    const std::lock_guard<std::mutex> lock(listing->mutex);
    const int followed = listing->follow(fd, cookie == 0);
    if (followed < 0) return followed;
    const int read = listing->readUpTo(fd, cookie, capacity);
    if (read < 0) return read;
    return listing->copy(cookie, out, capacity);
  } catch (const std::bad_alloc&) {
    return -ENOMEM;
  }
}

void forgetListing(int fd) {
  std::shared_ptr<Listing> last;  // freed after the lock is released
  Listings& all = listings();
  const std::lock_guard<std::mutex> lock(all.mutex);
  const auto found = all.byDescriptor.find(fd);
  if (found == all.byDescriptor.end()) return;
  last = std::move(found->second);
  all.byDescriptor.erase(found);
}

}  // namespace platform
