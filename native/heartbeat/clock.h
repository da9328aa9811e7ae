// The two clocks. Moments are CLOCK_BOOTTIME everywhere, so that a pause of the host is seen as
// one; wall clock serves in two places only: the first sequence number (R7), and the kernel's
// receive stamps, which exist in no other clock.

#ifndef RAISD_HEARTBEAT_CLOCK_H_
#define RAISD_HEARTBEAT_CLOCK_H_

#include <time.h>

#include <cstdint>

#include "limits.h"

namespace raisd::heartbeat {

inline uint64_t ReadClock(clockid_t clock) {
  timespec now = {};
  clock_gettime(clock, &now);
  return static_cast<uint64_t>(now.tv_sec) * kNanosecondsASecond +
         static_cast<uint64_t>(now.tv_nsec);
}

inline uint64_t BootNow() {
  return ReadClock(CLOCK_BOOTTIME);
}
inline uint64_t WallNow() {
  return ReadClock(CLOCK_REALTIME);
}

/** The two clocks at one moment. */
struct Clocks {
  uint64_t boot;
  uint64_t wall;

  /** Boot time first: should the thread be held up in between, a stamp's age grows, never shrinks.
   */
  static Clocks Read() {
    const uint64_t boot = BootNow();
    return {boot, WallNow()};
  }
};

/**
 * The BOOTTIME moment of a kernel stamp of wall clock (0: there is none), read at `now` from a
 * queue that was last seen empty at `empty_at`. What is read came after that; so a step of the wall
 * clock between arrival and reading cannot move a frame out of that span, and where the age makes
 * no sense the frame counts as old as it can be.
 */
inline uint64_t ArrivalOf(uint64_t stamp, const Clocks& now, uint64_t empty_at) {
  if (stamp == 0 || stamp > now.wall) return empty_at;
  const uint64_t age = now.wall - stamp;
  const uint64_t arrival = age > now.boot ? 0 : now.boot - age;
  return arrival < empty_at ? empty_at : arrival;
}

}  // namespace raisd::heartbeat

#endif  // RAISD_HEARTBEAT_CLOCK_H_
