/** Pipes and pseudoterminals, pty(7), for the programs that a guest's agent runs. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "fd.h"
#include "platform.h"

namespace platform {

int openPipe(int out[2]) { return ::pipe2(out, O_CLOEXEC) == 0 ? 0 : -errno; }

int setTerminalSize(int terminal, int rows, int columns) {
  struct winsize size {};
  size.ws_row = static_cast<unsigned short>(rows);
  size.ws_col = static_cast<unsigned short>(columns);
  return ::ioctl(terminal, TIOCSWINSZ, &size) == 0 ? 0 : -errno;
}

int openTerminal(int rows, int columns, int out[2]) {
  Descriptor master(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!master.valid()) return -errno;
  if (::grantpt(master.get()) != 0 || ::unlockpt(master.get()) != 0) return -errno;
  // Through the master, not by the name in /dev/pts: another devpts may be mounted there. Since Linux 4.13.
  Descriptor slave(::ioctl(master.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!slave.valid()) return -errno;
  const int sized = setTerminalSize(slave.get(), rows, columns);
  if (sized < 0) return sized;
  out[0] = master.release();
  out[1] = slave.release();
  return 0;
}

}  // namespace platform
