// A timer on CLOCK_BOOTTIME: where the host was suspended meanwhile, it rings as soon as it wakes
// (R52). Network has the leases end by it, control the silence of hosts.

#ifndef RAISD_BOOT_ALARM_H_
#define RAISD_BOOT_ALARM_H_

#include <errno.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <ctime>

namespace raisd {

class BootAlarm {
 public:
  BootAlarm() = default;
  ~BootAlarm() { Close(); }
  BootAlarm(const BootAlarm&) = delete;
  BootAlarm& operator=(const BootAlarm&) = delete;

  // Returns 0 or errno.
  int Open() {
    Close();
    descriptor_ = timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC);
    return descriptor_ >= 0 ? 0 : errno;
  }
  void Close() {
    if (descriptor_ >= 0) close(descriptor_);
    descriptor_ = -1;
  }
  int descriptor() const { return descriptor_; }

  // At this moment in milliseconds since boot, once; a moment that has passed rings at once.
  int Set(double milliseconds) {
    // One nanosecond at the least: all zero would switch the timer off.
    const double nanoseconds = std::max(1.0, std::ceil(milliseconds * 1e6));
    itimerspec when{};
    when.it_value.tv_sec = static_cast<time_t>(nanoseconds / 1e9);
    when.it_value.tv_nsec =
        static_cast<int64_t>(nanoseconds - static_cast<double>(when.it_value.tv_sec) * 1e9);
    return timerfd_settime(descriptor_, TFD_TIMER_ABSTIME, &when, nullptr) < 0 ? errno : 0;
  }

  // Takes the ring, so that the descriptor is quiet again.
  void Take() {
    uint64_t rings = 0;
    [[maybe_unused]] const ssize_t length = read(descriptor_, &rings, sizeof rings);
  }

 private:
  int descriptor_ = -1;
};

}  // namespace raisd

#endif  // RAISD_BOOT_ALARM_H_
