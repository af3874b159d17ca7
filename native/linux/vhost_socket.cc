/** The sockets of the vhost-user device: its listening ones, and messages with descriptors (QEMU's docs/interop/vhost-user.rst). */
#include "vhost_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "fd.h"
#include "platform.h"
#include "retry.h"

namespace vsock {

namespace {

/** A front end sends a message in one piece; one that stops in the middle is given up after this long. */
constexpr int kPatience = 2000;

int addressOf(const char* path, struct sockaddr_un* address) {
  *address = {};
  address->sun_family = AF_UNIX;
  const size_t length = std::strlen(path);
  if (length >= sizeof address->sun_path) return -ENAMETOOLONG;
  std::memcpy(address->sun_path, path, length + 1);
  return 0;
}

int64_t receiveRest(int socket, uint8_t* out, size_t length) {
  while (length > 0) {
    const int64_t got = platform::retry([&] { return ::recv(socket, out, length, MSG_DONTWAIT); });
    if (got == 0) return -ECONNRESET;
    if (got > 0) {
      out += got;
      length -= static_cast<size_t>(got);
      continue;
    }
    if (got != -EAGAIN) return got;
    struct pollfd more = {socket, POLLIN, 0};
    const int ready = platform::retry([&] { return ::poll(&more, 1, kPatience); });
    if (ready <= 0) return ready < 0 ? ready : -ETIMEDOUT;
  }
  return 0;
}

}  // namespace

int listenUnix(const char* path, int backlog) {
  struct sockaddr_un address;
  const int named = addressOf(path, &address);
  if (named != 0) return named;
  Descriptor listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!listener.valid()) return -errno;
  // Nobody else may connect, from the moment that the name exists.
  ::fchmod(listener.get(), 0600);
  if (::bind(listener.get(), reinterpret_cast<struct sockaddr*>(&address), sizeof address) != 0 ||
      ::chmod(path, 0600) != 0 || ::listen(listener.get(), backlog) != 0) {
    return -errno;
  }
  return listener.release();
}

int acceptUnix(int listener) {
  const int fd = static_cast<int>(
      platform::retry([&] { return ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK); }));
  if (fd >= 0) platform::prepareStream(fd);
  return fd;
}

int dialUnix(const char* path) {
  struct sockaddr_un address;
  const int named = addressOf(path, &address);
  if (named != 0) return named;
  Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.valid()) return -errno;
  const int result = platform::retry(
      [&] { return ::connect(socket.get(), reinterpret_cast<struct sockaddr*>(&address), sizeof address); });
  if (result < 0) return result;
  // With room for several packets of 64 KiB fewer have to be kept here until the program has read.
  platform::prepareStream(socket.get());
  return socket.release();
}

int64_t receiveMessage(int socket, uint8_t* out, size_t capacity, Files* files) {
  *files = {};
  if (capacity < kMessageHeader) return -EINVAL;
  struct iovec part = {out, kMessageHeader};
  alignas(struct cmsghdr) char control[CMSG_SPACE(kMostFiles * sizeof(int))];
  struct msghdr message {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  const int64_t got = platform::retry([&] { return ::recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC); });
  if (got <= 0) return got;
  for (struct cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    const size_t carried = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t at = 0; at < carried; at++) {
      int fd;
      std::memcpy(&fd, CMSG_DATA(header) + at * sizeof fd, sizeof fd);
      if (files->count < static_cast<int32_t>(kMostFiles)) files->fds[files->count++] = fd;
      else ::close(fd);
    }
  }
  int64_t result = receiveRest(socket, out + got, kMessageHeader - static_cast<size_t>(got));
  uint32_t size = 0;
  if (result == 0) {
    std::memcpy(&size, out + 8, sizeof size);
    result = size > capacity - kMessageHeader ? -EMSGSIZE : receiveRest(socket, out + kMessageHeader, size);
  }
  if (result == 0) return static_cast<int64_t>(kMessageHeader) + size;
  while (files->count > 0) ::close(files->fds[--files->count]);
  return result;
}

int64_t sendAll(int socket, const uint8_t* bytes, size_t length) {
  while (length > 0) {
    const int64_t sent = platform::retry([&] { return ::send(socket, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT); });
    if (sent == -EAGAIN) {
      struct pollfd room = {socket, POLLOUT, 0};
      const int ready = platform::retry([&] { return ::poll(&room, 1, kPatience); });
      if (ready <= 0) return ready < 0 ? ready : -ETIMEDOUT;
      continue;
    }
    if (sent < 0) return sent;
    bytes += sent;
    length -= static_cast<size_t>(sent);
  }
  return 0;
}

}  // namespace vsock
