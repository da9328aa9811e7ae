// The service manager's watchdog (sd_watchdog_enabled(3)), by way of the supervisor. The heartbeat
// thread feeds it, since whether it may speak for control is known here.

#ifndef RAISD_HEARTBEAT_WATCHDOG_H_
#define RAISD_HEARTBEAT_WATCHDOG_H_

#include <cstdint>

#include "socket_io.h"

namespace raisd::heartbeat {

class Watchdog {
 public:
  /** Feeds nobody. */
  Watchdog() = default;
  /** Nanoseconds between two feedings: well below the manager's patience. */
  Watchdog(Descriptor socket, uint64_t period) : socket_(std::move(socket)), period_(period) {}

  /** All is well at this moment; says so if it is time. Never waits. */
  void Feed(uint64_t now);

 private:
  Descriptor socket_;
  uint64_t period_ = 0;
  uint64_t due_at_ = 0;
};

}  // namespace raisd::heartbeat

#endif  // RAISD_HEARTBEAT_WATCHDOG_H_
