// The sequence number (R7): one for all groups, ascending over all runs of this host's heartbeat
// process.

#ifndef RAISD_HEARTBEAT_SEQUENCE_H_
#define RAISD_HEARTBEAT_SEQUENCE_H_

#include <atomic>
#include <cstdint>

#include "limits.h"

namespace raisd::heartbeat {

/** Raised and used by the real-time thread alone; any thread may read it. */
class Sequence {
 public:
  /** Counts in `last`, which outlives this (inheritance.h). */
  explicit Sequence(std::atomic<uint64_t>* last) : last_(*last) {}

  uint64_t Next() {
    const uint64_t next = last() + 1;
    last_.store(next, std::memory_order_relaxed);
    return next;
  }
  /** What follows is above `seen`, unless that is no sequence number at all. */
  void RaiseAbove(uint64_t seen) {
    if (seen > last() && seen <= kMaxSequence) last_.store(seen, std::memory_order_relaxed);
  }
  /** The last one used. */
  uint64_t last() const { return last_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t>& last_;
};

}  // namespace raisd::heartbeat

#endif  // RAISD_HEARTBEAT_SEQUENCE_H_
