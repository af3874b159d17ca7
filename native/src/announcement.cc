#include "announcement.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstring>

#include "lane.h"

namespace {

constexpr int32_t kInject = 0x4f01, kBarrier = 0x4f02;
/** FUSE's own codes: from FUSE_NOTIFY_POLL to FUSE_NOTIFY_PRUNE. What a kernel does not know of them it refuses itself. */
constexpr int32_t kFirstNotify = 1, kLastNotify = 9;

constexpr uint32_t kAllFlags = kOmitAtime | kOmitMtime | kTouch | kGuarded | kWalk;
constexpr size_t kLongestName = 255;
constexpr uint32_t kSecond = 1'000'000'000;

/** Takes texts off the rest of a message, each with a NUL behind it. */
class Texts {
 public:
  Texts(const uint8_t* at, size_t left) : at_(at), left_(left) {}

  bool take(uint32_t length, const char** text) {
    if (left_ <= length || at_[length] != 0 || std::memchr(at_, 0, length) != nullptr) return false;
    *text = reinterpret_cast<const char*>(at_);
    at_ += length + size_t{1};
    left_ -= length + size_t{1};
    return true;
  }
  bool end() const { return left_ == 0; }

 private:
  const uint8_t* at_;
  size_t left_;
};

bool isComponent(const char* text, size_t length) {
  if (length == 0 || length > kLongestName || std::memchr(text, '/', length) != nullptr) return false;
  return std::strcmp(text, ".") != 0 && std::strcmp(text, "..") != 0;
}

/** A way from the root of the superblock that ends with `name`. */
bool leadsTo(const char* path, const char* name) {
  const char* last = path;
  for (const char* at = path;; at++) {
    if (*at != '/' && *at != 0) continue;
    if (*at == 0) return std::strcmp(last, name) == 0;
    const size_t length = static_cast<size_t>(at - last);
    const bool dots = (length == 1 && last[0] == '.') || (length == 2 && last[0] == '.' && last[1] == '.');
    if (length == 0 || dots) return false;
    last = at + 1;
  }
}

bool hasSecondName(InjectKind kind) { return kind == InjectKind::kLink || kind == InjectKind::kRename; }

bool isMode(InjectKind kind, uint32_t mode) {
  if (kind != InjectKind::kMknod) return true;
  const uint32_t type = mode & S_IFMT;
  return (mode & ~uint32_t{S_IFMT | 07777}) == 0 && (type == S_IFREG || type == S_IFIFO || type == S_IFSOCK);
}

platform::TimeChange timeChange(int64_t seconds, uint32_t nanoseconds, bool omit) {
  return {seconds, nanoseconds, omit ? platform::kTimeOmit : platform::kTimeSet};
}

bool parseInject(Announcement* out) {
  AnnounceInject in;
  const size_t fixed = sizeof(ReplyHeader) + sizeof in;
  if (out->message.size() < fixed) return false;
  std::memcpy(&in, out->message.data() + sizeof(ReplyHeader), sizeof in);
  const auto kind = static_cast<InjectKind>(in.kind);
  if (kind < InjectKind::kMknod || kind > InjectKind::kStage || (in.flags & ~kAllFlags) != 0) return false;
  if (in.padding != 0 || in.atimensec >= kSecond || in.mtimensec >= kSecond || !isMode(kind, in.mode)) return false;
  InjectedCall& call = out->call;
  Texts texts(out->message.data() + fixed, out->message.size() - fixed);
  if (!texts.take(in.namelen, &call.name) || !isComponent(call.name, in.namelen)) return false;
  if (!texts.take(in.name2len, &call.name2)) return false;
  if (hasSecondName(kind) ? !isComponent(call.name2, in.name2len) : in.name2len != 0) return false;
  call.path = call.path2 = "";
  if ((in.flags & (kGuarded | kWalk)) == 0) {
    if (in.pathlen != 0 || in.path2len != 0) return false;
  } else {
    if (!texts.take(in.pathlen, &call.path) || !texts.take(in.path2len, &call.path2)) return false;
    if (!leadsTo(call.path, call.name) || !leadsTo(call.path2, call.name2)) return false;
  }
  if (!texts.end()) return false;
  out->kind = Announcement::Kind::kInject;
  out->seq = call.seq = in.seq;
  call.kind = kind;
  call.flags = in.flags;
  call.parent = in.parent;
  call.parent2 = in.parent2;
  call.times[0] = timeChange(in.atime, in.atimensec, call.has(kOmitAtime));
  call.times[1] = timeChange(in.mtime, in.mtimensec, call.has(kOmitMtime));
  call.mode = in.mode;
  return true;
}

bool parseBarrier(Announcement* out) {
  if (out->message.size() != sizeof(ReplyHeader) + sizeof out->seq) return false;
  std::memcpy(&out->seq, out->message.data() + sizeof(ReplyHeader), sizeof out->seq);
  out->kind = Announcement::Kind::kBarrier;
  return true;
}

}  // namespace

bool parseAnnouncement(const uint8_t* message, size_t length, Announcement* out) {
  ReplyHeader header;
  if (length < sizeof header) return false;
  std::memcpy(&header, message, sizeof header);
  if (header.len != length || header.unique != 0) return false;
  out->message.assign(message, message + length);
  if (header.error == kInject) return parseInject(out);
  if (header.error == kBarrier) return parseBarrier(out);
  out->kind = Announcement::Kind::kNotification;
  return header.error >= kFirstNotify && header.error <= kLastNotify;
}
