#include "watchdog.h"

#include <sys/socket.h>

namespace raisd::heartbeat {

void Watchdog::Feed(uint64_t now) {
  if (!socket_.valid() || now < due_at_) return;
  constexpr char kAlive[] = "WATCHDOG=1";
  const ssize_t sent = send(socket_.get(), kAlive, sizeof kAlive - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
  // A manager that is too busy to take it hears it with the next heartbeat.
  if (sent > 0) due_at_ = now + period_;
}

}  // namespace raisd::heartbeat
