#include "mountinfo.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cstdlib>

#include "private_view.h"
#include "retry.h"

namespace platform {

namespace {

constexpr size_t kPiece = 16 * 1024;

/** Takes a field off a line. */
std::string_view field(std::string_view* line) {
  const size_t end = line->find(' ');
  const std::string_view taken = line->substr(0, end);
  line->remove_prefix(end == std::string_view::npos ? line->size() : end + 1);
  return taken;
}

/** -1 if it is no number. */
int number(std::string_view digits) {
  int64_t value = 0;
  for (const char digit : digits) {
    if (digit < '0' || digit > '9') return -1;
    value = value * 10 + (digit - '0');
    if (value > INT32_MAX) return -1;
  }
  return digits.empty() ? -1 : static_cast<int>(value);
}

bool isOctal(char digit) { return digit >= '0' && digit <= '7'; }

}  // namespace

int readMounts(int fd, std::string* text) {
  text->clear();
  if (::lseek(fd, 0, SEEK_SET) < 0) return -errno;
  for (;;) {
    const size_t have = text->size();
    text->resize(have + kPiece);
    const ssize_t got = retry([&] { return ::read(fd, text->data() + have, kPiece); });
    text->resize(have + (got < 0 ? 0 : static_cast<size_t>(got)));
    if (got <= 0) return static_cast<int>(got);
  }
}

bool nextMount(std::string_view* text, MountLine* line) {
  const size_t end = text->find('\n');
  if (end == std::string_view::npos) return false;
  std::string_view rest = text->substr(0, end);
  text->remove_prefix(end + 1);
  line->id = number(field(&rest));
  line->parent = number(field(&rest));
  std::string_view device = field(&rest);
  const size_t colon = device.find(':');
  if (colon == std::string_view::npos) return false;
  const int majorNumber = number(device.substr(0, colon)), minorNumber = number(device.substr(colon + 1));
  line->root = field(&rest);
  line->point = field(&rest);
  if (line->id < 0 || line->parent < 0 || majorNumber < 0 || minorNumber < 0 || line->point.empty()) return false;
  line->device = makedev(static_cast<unsigned>(majorNumber), static_cast<unsigned>(minorNumber));
  return true;
}

std::string unescaped(std::string_view field) {
  std::string plain;
  plain.reserve(field.size());
  for (size_t at = 0; at < field.size(); at++) {
    const bool escape = field[at] == '\\' && field.size() - at > 3 && isOctal(field[at + 1]) && isOctal(field[at + 2]) &&
                        isOctal(field[at + 3]);
    if (escape) {
      plain += static_cast<char>((field[at + 1] - '0') * 64 + (field[at + 2] - '0') * 8 + (field[at + 3] - '0'));
      at += 3;
    } else {
      plain += field[at];
    }
  }
  return plain;
}

int openMounts() {
  return retry([] { return ::open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC); });
}

int64_t mountDevice(int mounts, int id) {
  std::string text;
  const int read = readMounts(mounts, &text);
  if (read < 0) return read;
  std::string_view rest = text;
  for (MountLine line; nextMount(&rest, &line);) {
    if (line.id == id) return static_cast<int64_t>(line.device);
  }
  return 0;
}

}  // namespace platform
