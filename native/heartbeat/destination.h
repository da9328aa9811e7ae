// An address, and the control interface over which it is sent to.

#ifndef RAISD_HEARTBEAT_DESTINATION_H_
#define RAISD_HEARTBEAT_DESTINATION_H_

#include <compare>
#include <cstdint>

#include "bytes.h"

namespace raisd::heartbeat {

struct Destination {
  /** Position in the control interfaces. */
  uint8_t interface = 0;
  Id address = {};

  auto operator<=>(const Destination&) const = default;
};

}  // namespace raisd::heartbeat

#endif  // RAISD_HEARTBEAT_DESTINATION_H_
