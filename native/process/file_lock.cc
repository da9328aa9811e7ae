#include "file_lock.h"

#include <errno.h>
#include <sys/file.h>

namespace raisd {

int LockFile(int fd) {
  return flock(fd, LOCK_EX | LOCK_NB) == 0 ? 0 : errno;
}

}  // namespace raisd
