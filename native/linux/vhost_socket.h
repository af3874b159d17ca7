#pragma once

#include <cstddef>
#include <cstdint>

namespace vsock {

/** u32 request, u32 flags, u32 bytes that follow. */
inline constexpr size_t kMessageHeader = 12;
/** VHOST_MEMORY_BASELINE_NREGIONS: no message carries more. */
inline constexpr size_t kMostFiles = 8;

struct Files {
  int32_t count;
  int32_t fds[kMostFiles];
};

/** A listening, non-blocking unix socket, mode 0600. */
int listenUnix(const char* path, int backlog);
int acceptUnix(int listener);
/** Connects without waiting: -EAGAIN when the listener's queue is full. The descriptor is non-blocking. */
int dialUnix(const char* path);
/** One whole message: its bytes, 0 at the end of the stream, -EAGAIN if there is none. The files are the caller's. */
int64_t receiveMessage(int socket, uint8_t* out, size_t capacity, Files* files);
/** 0 or -errno. */
int64_t sendAll(int socket, const uint8_t* bytes, size_t length);

}  // namespace vsock
