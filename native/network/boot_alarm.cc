#include "boot_alarm.h"

#include <sys/timerfd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdint>
#include <ctime>

namespace raisd {

int BootAlarm::Open() {
  timer_ = Descriptor(timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC));
  return timer_.valid() ? 0 : errno;
}

int BootAlarm::Set(double milliseconds) {
  // One nanosecond at the least: all zero would switch the timer off.
  const double nanoseconds = std::max(1.0, std::ceil(milliseconds * 1e6));
  itimerspec when{};
  when.it_value.tv_sec = static_cast<time_t>(nanoseconds / 1e9);
  when.it_value.tv_nsec =
      static_cast<int64_t>(nanoseconds - static_cast<double>(when.it_value.tv_sec) * 1e9);
  return timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &when, nullptr) < 0 ? errno : 0;
}

void BootAlarm::Take() {
  uint64_t rings = 0;
  [[maybe_unused]] const ssize_t length = read(timer_.get(), &rings, sizeof rings);
}

}  // namespace raisd
