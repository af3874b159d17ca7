/**
 * Which events are not of our own making: a fanotify(7) group beside an inotify instance, on the same directories. inotify keeps the
 * order and does not say who; fanotify says who (an event of another process has another pid, or none for those who may not
 * know it) and merges events of one name, but never those of two processes. So the two together tell, of each name, whether
 * anybody else had a hand in it. Works without privileges from Linux 5.13 on (fanotify_init(2), FAN_REPORT_DFID_NAME).
 *
 * Not thread safe: whoever reads the inotify instance holds the lock.
 */
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "event_buffer.h"
#include "fd.h"

class ForeignEvents {
 public:
  explicit ForeignEvents(size_t limit) : buffer_(limit) {}
  /** 0, or -errno: this system does not tell. */
  int open();
  bool isOpen() const { return group_.valid(); }
  int descriptor() const { return group_.get(); }

  /**
   * From now on events in the directory behind `fd` are told under `key`. -errno: its file system has no handles or no number
   * (-EOPNOTSUPP, -ENODEV, -EXDEV), or -ENOSPC: fs.fanotify.max_user_marks.
   */
  int mark(int fd, int32_t key);
  /** What comes from now on for the key is not told. */
  void unmark(int32_t key);

  /** Takes over what the kernel has: 0, or -errno if there will be no more. */
  int read();
  /** Records as inotify's, the key in place of the watch; events of ourselves are not among them. */
  EventBuffer& buffer() { return buffer_; }

 private:
  void take(const uint8_t* event, size_t length);
  void put(int32_t key, uint32_t mask, const char* name, size_t length);

  Descriptor group_;
  EventBuffer buffer_;
  std::vector<uint8_t> memory_;
  /** file system and handle of a directory, byte by byte, and its keys: one, nearly always */
  std::unordered_map<std::string, std::vector<int32_t>> keys_;
  std::unordered_map<int32_t, std::string> handles_;
  int32_t self_ = 0;
};
