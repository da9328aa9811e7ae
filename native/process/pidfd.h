// Processes that are not children: a descriptor that stays with one process, whatever becomes of
// its number, and that can be read as soon as it ends.

#ifndef RAISD_PROCESS_PIDFD_H_
#define RAISD_PROCESS_PIDFD_H_

#include <sys/types.h>

#include "descriptor.h"

namespace raisd {

/** A pidfd of that process, close-on-exec. 0 or errno; ESRCH: there is no such process. */
int OpenPidfd(pid_t pid, Descriptor* pidfd);

/** Whether the process has ended; a zombie has. */
bool HasEnded(int pidfd);

}  // namespace raisd

#endif  // RAISD_PROCESS_PIDFD_H_
