// When the first of some leases runs out (R52). A lease is renewed with each heartbeat, so that
// whoever waits for its end looks again and again: that is done here, and JavaScript is called when
// there is something to do.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "../lease_board.h"

namespace raisd {

struct FollowedLease {
  uint64_t tag = 0;
  /** Nanoseconds from the last heartbeat under a permit. */
  uint64_t span = 0;
  /** Another one than this says that it ran out in between; empty: not known. */
  std::optional<uint64_t> number;
};

/** Nanoseconds of CLOCK_BOOTTIME; 0: one of them has run out. There is one at the least. */
inline uint64_t FirstLeaseEnd(const LeaseBoard& board, const std::vector<FollowedLease>& leases,
                              uint64_t now) {
  uint64_t first = UINT64_MAX;
  for (const FollowedLease& lease : leases) {
    LeaseBoard::Reading reading;
    if (!board.Read(lease.tag, &reading) || reading.sent_at == 0) return 0;
    if (lease.number.has_value() && *lease.number != reading.lease) return 0;
    first = std::min(first, reading.sent_at + lease.span);
  }
  return now < first ? first : 0;
}

}  // namespace raisd
