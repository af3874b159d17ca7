#include "foreign_events.h"

#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "retry.h"

// Newer than the C library's headers (linux/fanotify.h, linux/fcntl.h).
#ifndef FAN_MARK_EVICTABLE
#define FAN_MARK_EVICTABLE 0x00000200
#endif
#ifndef AT_HANDLE_FID
#define AT_HANDLE_FID 0x200
#endif

namespace {

constexpr uint64_t kEvents = FAN_CREATE | FAN_DELETE | FAN_MOVED_FROM | FAN_MOVED_TO | FAN_MODIFY | FAN_ATTRIB |
                             FAN_CLOSE_WRITE | FAN_EVENT_ON_CHILD | FAN_ONDIR;
// The bits of both are the same, so a mask is passed on as it is.
static_assert(FAN_MODIFY == IN_MODIFY && FAN_ATTRIB == IN_ATTRIB && FAN_CLOSE_WRITE == IN_CLOSE_WRITE);
static_assert(FAN_MOVED_FROM == IN_MOVED_FROM && FAN_MOVED_TO == IN_MOVED_TO && FAN_CREATE == IN_CREATE);
static_assert(FAN_DELETE == IN_DELETE && FAN_ONDIR == IN_ISDIR);

constexpr unsigned kInit = FAN_CLASS_NOTIF | FAN_REPORT_DFID_NAME | FAN_NONBLOCK | FAN_CLOEXEC;
/** Room for a few hundred events; the kernel gives whole ones. */
constexpr size_t kRoom = 64 * 1024;
constexpr size_t kRecordAlignment = 16;

/** What tells a directory from all others: the number of its file system (statfs(2)), the handle's type, its bytes. */
std::string identity(const void* fsid, const struct file_handle* handle) {
  std::string text(static_cast<const char*>(fsid), sizeof(__kernel_fsid_t));
  text.append(reinterpret_cast<const char*>(&handle->handle_type), sizeof handle->handle_type);
  text.append(reinterpret_cast<const char*>(handle->f_handle), handle->handle_bytes);
  return text;
}

}  // namespace

int ForeignEvents::open() {
  // Memory is bounded by us; the limits are for those who read late.
  int group = ::fanotify_init(kInit | FAN_UNLIMITED_QUEUE | FAN_UNLIMITED_MARKS, O_RDONLY);
  if (group < 0 && errno == EPERM) group = ::fanotify_init(kInit, O_RDONLY);
  if (group < 0) return -errno;
  Descriptor own(group);
  if (!buffer_.prepare()) return -ENOMEM;
  memory_.resize(kRoom);
  self_ = ::getpid();
  group_ = std::move(own);
  return 0;
}

int ForeignEvents::mark(int fd, int32_t key) {
  if (!isOpen()) return -ENOTSUP;
  struct statfs system;
  if (::fstatfs(fd, &system) < 0) return -errno;
  alignas(struct file_handle) uint8_t room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
  auto* const handle = reinterpret_cast<struct file_handle*>(room);
  int mountId;
  const auto ask = [&](int flags) {
    handle->handle_bytes = MAX_HANDLE_SZ;
    return ::name_to_handle_at(fd, "", handle, &mountId, AT_EMPTY_PATH | flags);
  };
  // As events carry it; kernels that do not know the flag (before 6.5) have one kind only.
  if (ask(AT_HANDLE_FID) < 0 && (errno != EINVAL || ask(0) < 0)) return -errno;
  // Without a pin on the directory: whoever watches it has one, and what nobody watches any more may go unasked (Linux 5.19).
  const auto add = [&](unsigned flags) {
    return ::fanotify_mark(group_.get(), FAN_MARK_ADD | FAN_MARK_ONLYDIR | flags, kEvents, fd, ".");
  };
  if (add(FAN_MARK_EVICTABLE) < 0 && (errno != EINVAL || add(0) < 0)) return -errno;
  unmark(key);
  std::string own = identity(&system.f_fsid, handle);
  keys_[own].push_back(key);
  handles_[key] = std::move(own);
  return 0;
}

void ForeignEvents::unmark(int32_t key) {
  const auto found = handles_.find(key);
  if (found == handles_.end()) return;
  const auto owner = keys_.find(found->second);
  std::vector<int32_t>& keys = owner->second;
  keys.erase(std::find(keys.begin(), keys.end(), key));
  if (keys.empty()) keys_.erase(owner);
  handles_.erase(found);
}

int ForeignEvents::read() {
  if (!isOpen()) return 0;
  for (;;) {
    const int64_t got = platform::retry([&] { return ::read(group_.get(), memory_.data(), memory_.size()); });
    if (got == -EAGAIN) return 0;
    if (got < 0) return static_cast<int>(got);
    for (int64_t at = 0; at + static_cast<int64_t>(sizeof(struct fanotify_event_metadata)) <= got;) {
      struct fanotify_event_metadata event;
      std::memcpy(&event, memory_.data() + at, sizeof event);
      if (event.event_len < sizeof event || at + event.event_len > got) return -EIO;
      if ((event.mask & FAN_Q_OVERFLOW) != 0) {
        buffer_.lose();
      } else if (event.pid != self_) {
        take(memory_.data() + at, event.event_len);
      }
      at += event.event_len;
    }
    // Another event would have fitted, so there was none.
    if (got + static_cast<int64_t>(sizeof(struct fanotify_event_metadata)) + MAX_HANDLE_SZ + 2 * 256 <
        static_cast<int64_t>(memory_.size()))
      return 0;
  }
}

/** One event: the record of the directory and the name in it. */
void ForeignEvents::take(const uint8_t* event, size_t length) {
  struct fanotify_event_metadata metadata;
  std::memcpy(&metadata, event, sizeof metadata);
  for (size_t at = metadata.metadata_len; at + sizeof(struct fanotify_event_info_header) <= length;) {
    struct fanotify_event_info_header header;
    std::memcpy(&header, event + at, sizeof header);
    if (header.len < sizeof header || at + header.len > length) return;
    constexpr size_t kHandle = offsetof(struct fanotify_event_info_fid, handle);
    if (header.info_type == FAN_EVENT_INFO_TYPE_DFID_NAME && header.len > kHandle + sizeof(struct file_handle)) {
      const uint8_t* const info = event + at;
      const auto* const handle = reinterpret_cast<const struct file_handle*>(info + kHandle);
      const size_t nameAt = kHandle + sizeof(struct file_handle) + handle->handle_bytes;
      if (nameAt >= header.len) return;
      const auto found = keys_.find(identity(info + offsetof(struct fanotify_event_info_fid, fsid), handle));
      if (found == keys_.end()) return;
      const char* const name = reinterpret_cast<const char*>(info + nameAt);
      const size_t size = ::strnlen(name, header.len - nameAt);
      for (const int32_t key : found->second) put(key, static_cast<uint32_t>(metadata.mask), name, size);
      return;
    }
    at += header.len;
  }
}

void ForeignEvents::put(int32_t key, uint32_t mask, const char* name, size_t length) {
  if (length > 255) return;
  const size_t size = (length + 1 + kRecordAlignment - 1) / kRecordAlignment * kRecordAlignment;
  const EventBuffer::Space space = buffer_.space();
  const struct inotify_event record = {key, mask, 0, static_cast<uint32_t>(size)};
  std::memcpy(space.to, &record, sizeof record);
  std::memset(space.to + sizeof record, 0, size);
  std::memcpy(space.to + sizeof record, name, length);
  buffer_.add(sizeof record + size);
}
