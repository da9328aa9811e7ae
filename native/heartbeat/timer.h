// Timers on CLOCK_BOOTTIME: absolute moments, so that nothing drifts, and a pause of the host is
// seen.

#ifndef RAISD_HEARTBEAT_TIMER_H_
#define RAISD_HEARTBEAT_TIMER_H_

#include <errno.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cstdint>

#include "limits.h"
#include "socket_io.h"

namespace raisd::heartbeat {

class Timer {
 public:
  /** 0 or errno. */
  int Open() {
    descriptor_ = Descriptor(timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK));
    return descriptor_.valid() ? 0 : errno;
  }
  int fd() const { return descriptor_.get(); }

  /** Fires at the moment `at` (0: never) and then every `interval` nanoseconds (0: not again). 0 or
   * errno. */
  int Set(uint64_t at, uint64_t interval) {
    const itimerspec setting = {ToTimespec(interval), ToTimespec(at)};
    return timerfd_settime(fd(), TFD_TIMER_ABSTIME, &setting, nullptr) == 0 ? 0 : errno;
  }

  /** Takes note that it fired. */
  void Clear() {
    uint64_t expirations;
    while (read(fd(), &expirations, sizeof expirations) < 0 && errno == EINTR) {
    }
  }

 private:
  static timespec ToTimespec(uint64_t nanoseconds) {
    return {static_cast<time_t>(nanoseconds / kNanosecondsASecond),
            static_cast<long>(nanoseconds % kNanosecondsASecond)};
  }

  Descriptor descriptor_;
};

}  // namespace raisd::heartbeat

#endif  // RAISD_HEARTBEAT_TIMER_H_
