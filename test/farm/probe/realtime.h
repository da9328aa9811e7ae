// Clocks and scheduling of the farm's instruments. All times are nanoseconds of CLOCK_MONOTONIC,
// which process.hrtime() of Node.js reads as well: an instrument's times compare with those of the
// test that drives it.

#ifndef RAISD_TEST_FARM_PROBE_REALTIME_H_
#define RAISD_TEST_FARM_PROBE_REALTIME_H_

#include <sched.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <cstdint>
#include <cstring>
#include <ctime>
#include <optional>

inline int64_t Nanoseconds(const timespec& t) {
  return static_cast<int64_t>(t.tv_sec) * 1'000'000'000 + t.tv_nsec;
}

inline int64_t ClockNow(clockid_t clock) {
  timespec t{};
  clock_gettime(clock, &t);
  return Nanoseconds(t);
}

inline int64_t Now() {
  return ClockNow(CLOCK_MONOTONIC);
}

// The kernel's receive stamp of a message (CLOCK_REALTIME): arrival_clock.h converts it. None where
// it carries none.
inline std::optional<int64_t> ReceiveStamp(msghdr& message) {
  for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS) continue;
    timespec stamp{};
    memcpy(&stamp, CMSG_DATA(c), sizeof stamp);
    return Nanoseconds(stamp);
  }
  return std::nullopt;
}

// Asks for SCHED_FIFO and locked memory, so that a busy machine does not delay the instrument.
// False: refused, and the instrument works with ordinary priority.
inline bool BecomeRealtime() {
  mlockall(MCL_CURRENT | MCL_FUTURE);
  sched_param parameters{};
  parameters.sched_priority = 20;
  return sched_setscheduler(0, SCHED_FIFO, &parameters) == 0;
}

// Keeps the calling thread, and those that it starts, on one core: the last that it may use, the
// same for all instruments. What a prober asks, its responders then answer right after it, where
// the kernel's code and data are at hand, and nobody interrupts another core to wake them. However
// slow the machine is, they take no more than this core from what they watch.
inline void ShareOneCore() {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
  for (int core = CPU_SETSIZE - 1; core >= 0; core--) {
    if (!CPU_ISSET(core, &allowed)) continue;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(core, &one);
    sched_setaffinity(0, sizeof one, &one);
    return;
  }
}

#endif  // RAISD_TEST_FARM_PROBE_REALTIME_H_
