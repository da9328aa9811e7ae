// What a group must not lose with the process that knows it (inheritance.h): plain memory without a
// pointer in it.

#ifndef RAISD_HEARTBEAT_GROUP_MEMORY_H_
#define RAISD_HEARTBEAT_GROUP_MEMORY_H_

#include <cstdint>
#include <type_traits>

#include "destinations.h"
#include "heard.h"
#include "host_table.h"
#include "published.h"

namespace raisd::heartbeat {

/** What was heard of its hosts. */
struct Known {
  HostTable hosts;
  EchoFloor echo_floor;
};

/** What control has said of this host, and of the addresses of the others (R60). */
struct Said {
  Published published;
  DestinationList learned;
};

/** How it beats. Each field is whole at any moment. */
struct Beat {
  /** When the next heartbeat is to be sent. */
  uint64_t due_at = 0;
  /** When the last heartbeat under a permit was sent; 0: none since the lease was opened. */
  uint64_t permitted_at = 0;
  /** R52: the lease ended. No heartbeat is permitted until control, which knows it then, opens it.
   */
  bool is_lapsed = false;
  /** How often it has ended: control opens the one that it knows of. */
  uint32_t lapses = 0;
};

struct GroupMemory {
  Known known;
  Said said;
  Beat beat;
};
static_assert(std::is_trivially_copyable_v<GroupMemory>);

}  // namespace raisd::heartbeat

#endif  // RAISD_HEARTBEAT_GROUP_MEMORY_H_
