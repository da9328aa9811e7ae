// A group with its sockets, its destinations and its timer: all that one group needs on the thread.

#ifndef RAISD_HEARTBEAT_LANE_H_
#define RAISD_HEARTBEAT_LANE_H_

#include <array>
#include <cstdint>
#include <memory>

#include "../lease_board.h"
#include "destinations.h"
#include "group.h"
#include "key_ring.h"
#include "report_pace.h"
#include "socket_io.h"
#include "timer.h"

namespace raisd::heartbeat {

/** What the configuration says of a group. */
struct GroupSettings {
  /** Nanoseconds, kMinInterval … kMaxInterval (R13). */
  uint64_t interval = 0;
  /** How long addresses live on a heartbeat that was sent, nanoseconds (R52). */
  uint64_t lease = 0;
  /** How long the fence stays open after it, nanoseconds: no longer than the lease. */
  uint64_t fence = 0;
  /** After how long without a word control doubts a host, nanoseconds (R61); 0: not known. */
  uint64_t doubt = 0;
  std::unique_ptr<KeyRing> keys;
  bool is_multicast = true;
  /** The service group address; unused under unicast. */
  Id address = {};
  uint16_t port = 0;
  /** R60: never null under unicast. */
  std::unique_ptr<DestinationList> seeds;
};

struct Lane {
  Lane(const Identity& identity, uint64_t tag, std::unique_ptr<KeyRing> keys)
      : group(identity, tag, std::move(keys)) {}

  /** Without a memory until the thread is at work. */
  Group group;
  Destinations destinations;
  std::array<GroupSocket, kMaxInterfaces> sockets;
  Timer timer;
  /** Its place among the engine's lanes. */
  uint8_t slot = 0;
  /** The group's slot on the lease board and on the fence's page. */
  size_t board_slot = LeaseBoard::kSlots;
  uint64_t interval = 0;
  uint64_t lease = 0;
  uint64_t fence = 0;
  uint64_t doubt = 0;
  /**
   * R53: the group knows this host from an earlier process, whose permit is over, or whose words
   * are lost. Until then, or until control has said what the host is now, nothing is sent: a frame
   * that did not say it would depose it. 0: not so.
   */
  uint64_t silent_until = 0;
  /** Control has to hear how things are. */
  bool report_due = false;
  ReportPace pace;
};

}  // namespace raisd::heartbeat

#endif  // RAISD_HEARTBEAT_LANE_H_
