/** Stream sockets. Sources: setsockopt(2), unix(4), recv(2). No flag makes a descriptor close-on-exec at once here. */
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "fd.h"
#include "platform.h"
#include "system.h"

namespace platform {

namespace {

int closeOnExec(int fd) {
  return done([&] { return ::fcntl(fd, F_SETFD, FD_CLOEXEC); });
}

/** The default of a unix stream is 8 KiB; the system refuses more than kern.ipc.maxsockbuf. */
void enlarge(int socket, int which) {
  for (int size = 4 * 1024 * 1024; size >= 64 * 1024; size /= 2) {
    if (::setsockopt(socket, SOL_SOCKET, which, &size, sizeof size) == 0) return;
  }
}

}  // namespace

// MSG_NOSIGNAL is younger than the systems this runs on; prepareStream sets SO_NOSIGPIPE. There is no MSG_MORE.
const int kSendFlags = MSG_DONTWAIT;
const int kSendMoreFlags = kSendFlags;

int prepareStream(int socket) {
  const int flags = ::fcntl(socket, F_GETFL);
  if (flags == -1 || ::fcntl(socket, F_SETFL, flags | O_NONBLOCK) == -1) return -errno;
  const int yes = 1;
  if (::setsockopt(socket, SOL_SOCKET, SO_NOSIGPIPE, &yes, sizeof yes) == -1) return -errno;
  enlarge(socket, SO_SNDBUF);
  enlarge(socket, SO_RCVBUF);
  return closeOnExec(socket);
}

int socketPair(int out[2]) {
  int made[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM, 0, made) == -1) return -errno;
  Descriptor one(made[0]), other(made[1]);
  for (const int fd : made) {
    const int closing = closeOnExec(fd);
    if (closing < 0) return closing;
  }
  out[0] = one.release();
  out[1] = other.release();
  return 0;
}

int connectUnix(const char* path) {
  struct sockaddr_un address {};
  address.sun_family = AF_UNIX;
  if (::strlcpy(address.sun_path, path, sizeof address.sun_path) >= sizeof address.sun_path) return -ENAMETOOLONG;
  Descriptor made(::socket(AF_UNIX, SOCK_STREAM, 0));
  if (!made.valid()) return -errno;
  const int closing = closeOnExec(made.get());
  if (closing < 0) return closing;
  if (::connect(made.get(), reinterpret_cast<const struct sockaddr*>(&address), SUN_LEN(&address)) == 0) {
    return made.release();
  }
  if (errno != EINTR) return -errno;
  // Broken off by a signal the connection goes on being made; repeating the call would say EALREADY.
  struct pollfd ready = {made.get(), POLLOUT, 0};
  const int waited = retried([&] { return ::poll(&ready, 1, -1); });
  if (waited < 0) return waited;
  int failure = 0;
  socklen_t size = sizeof failure;
  if (::getsockopt(made.get(), SOL_SOCKET, SO_ERROR, &failure, &size) == -1) return -errno;
  return failure != 0 ? -failure : made.release();
}

// For memory shared with a guest on the same kernel, which a Mac never has.
int receiveDescriptors(int, int*, int) { return -ENOTSUP; }
int sendDescriptors(int, const int*, int) { return -ENOTSUP; }

int receiveDescriptor(int socket) {
  char byte;
  struct iovec payload = {&byte, 1};
  alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
  struct msghdr message {};
  message.msg_iov = &payload;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  const auto got = retried([&] { return ::recvmsg(socket, &message, 0); });
  if (got < 0) return static_cast<int>(got);
  if (got == 0) return -ECONNRESET;
  const struct cmsghdr* head = CMSG_FIRSTHDR(&message);
  if (head == nullptr || head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS ||
      head->cmsg_len < CMSG_LEN(sizeof(int))) {
    return -ENOMSG;
  }
  int fd;
  ::memcpy(&fd, CMSG_DATA(head), sizeof fd);
  Descriptor received(fd);
  const int closing = closeOnExec(fd);
  return closing < 0 ? closing : received.release();
}

}  // namespace platform
