// What a group must not lose with the process that knows it (inheritance.h): plain memory without a
// pointer in it.

#ifndef RAISD_HEARTBEAT_GROUP_MEMORY_H_
#define RAISD_HEARTBEAT_GROUP_MEMORY_H_

#include <atomic>
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
  /** When the last heartbeat that left under a permit was begun; 0: none did in this lease. */
  uint64_t permitted_at = 0;
  /** R52: the lease ended. No heartbeat is permitted until control, which knows it then, opens it.
   */
  bool is_lapsed = false;
  /** How often it has ended: control opens the one that it knows of. */
  uint32_t lapses = 0;

  /**
   * R52: a lease of this span that has not been renewed in time is over. This host was paused,
   * others may have its addresses, and only control can say that it has given them up.
   */
  void EndLease(uint64_t lease, uint64_t now) {
    if (permitted_at == 0 || now - permitted_at < lease) return;
    // In this order, for the sake of who goes on where this one ended in between.
    lapses++;
    std::atomic_signal_fence(std::memory_order_seq_cst);
    is_lapsed = true;
    std::atomic_signal_fence(std::memory_order_seq_cst);
    permitted_at = 0;
  }

  /**
   * A heartbeat under a permit was begun and has left. It renews the lease, from when it was begun
   * on: true. Not where it was held up on its way until the lease was over: nobody may have heard
   * this host in time.
   */
  bool RenewLease(uint64_t lease, uint64_t begun_at, uint64_t left_at) {
    EndLease(lease, left_at);
    if (is_lapsed) return false;
    permitted_at = begun_at;
    return true;
  }
};

struct GroupMemory {
  Known known;
  Said said;
  Beat beat;
};
static_assert(std::is_trivially_copyable_v<GroupMemory>);

}  // namespace raisd::heartbeat

#endif  // RAISD_HEARTBEAT_GROUP_MEMORY_H_
