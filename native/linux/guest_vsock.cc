/** AF_VSOCK, vsock(7): how a guest reaches the daemon. Only ever used inside a virtual machine. */
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/vm_sockets.h>

#include "fd.h"
#include "platform.h"
#include "retry.h"

namespace platform {

namespace {
/**
 * What the other side may send before we have read it, bytes: a READ reply of 1 MiB should not have to wait for credit in
 * the middle. The kernel's default is 256 KiB, which is also its default limit: that is raised first.
 */
constexpr uint64_t kReceiveBuffer = 2 * 1024 * 1024;
}  // namespace

int connectVsock(uint32_t cid, uint32_t port) {
  Descriptor made(::socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!made.valid()) return -errno;
  // A smaller buffer only costs speed.
  ::setsockopt(made.get(), AF_VSOCK, SO_VM_SOCKETS_BUFFER_MAX_SIZE, &kReceiveBuffer, sizeof kReceiveBuffer);
  ::setsockopt(made.get(), AF_VSOCK, SO_VM_SOCKETS_BUFFER_SIZE, &kReceiveBuffer, sizeof kReceiveBuffer);
  struct sockaddr_vm address {};
  address.svm_family = AF_VSOCK;
  address.svm_cid = cid;
  address.svm_port = port;
  const int result = retry([&] {
    return ::connect(made.get(), reinterpret_cast<const struct sockaddr*>(&address), sizeof address);
  });
  // Interrupted and repeated, the first attempt may have succeeded meanwhile.
  return result == 0 || result == -EISCONN ? made.release() : result;
}

int duplicateOnto(int fd, int onto) {
  // A property of what is open, not of the number: what was set for `onto` goes with what was there.
  const int flags = fcntl(fd, F_GETFL);
  if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0) return -errno;
  return retry([&] { return ::dup3(fd, onto, O_CLOEXEC); });
}

}  // namespace platform
