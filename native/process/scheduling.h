// What the threads of a role get of the processor (see src/supervisor/scheduling.ts).

#ifndef RAISD_PROCESS_SCHEDULING_H_
#define RAISD_PROCESS_SCHEDULING_H_

#include <sys/types.h>

#include <cstdint>
#include <string>

namespace raisd {

/** SCHED_FIFO for the threads of a process that bear the name; their number, or -1 with errno. */
int SetThreadRealtime(pid_t pid, const std::string& name, int priority);

/**
 * A nice value and a time slice (Linux 6.12; ignored before) for the main thread of a process: 0 or
 * errno. The shorter the slice that a thread asks for, the sooner it runs when it wakes.
 */
int PrioritizeMainThread(pid_t pid, int nice, uint64_t slice_nanoseconds);

}  // namespace raisd

#endif  // RAISD_PROCESS_SCHEDULING_H_
