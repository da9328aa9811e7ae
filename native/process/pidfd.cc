#include "pidfd.h"

#include <errno.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace raisd {

int OpenPidfd(pid_t pid, Descriptor* pidfd) {
  // 0 and negative numbers name groups elsewhere; here they are nobody's.
  if (pid <= 0) return ESRCH;
  const long fd = syscall(SYS_pidfd_open, pid, 0);
  if (fd < 0) return errno;
  pidfd->Reset(static_cast<int>(fd));
  return 0;
}

bool HasEnded(int pidfd) {
  pollfd entry = {pidfd, POLLIN, 0};
  return poll(&entry, 1, 0) == 1;
}

}  // namespace raisd
