// When a packet came, for an instrument that reads it a while later. The kernel stamps packets with
// CLOCK_REALTIME, and nothing else in it knows when they came; the instruments count in
// CLOCK_MONOTONIC. The two differ by a constant, except where the wall clock is stepped.
//
// A reading of the wall clock between two of the monotonic one bounds the difference. What all
// readings have in common bounds it ever closer, however long the instrument was held up within one
// of them. A reading that has nothing in common with the earlier ones tells of a step: a packet of
// that batch was stamped before the step or after it, and came at the later of the two times that
// are not in the future. That is wrong by less than the packet waited to be read.

#ifndef RAISD_TEST_FARM_PROBE_ARRIVAL_CLOCK_H_
#define RAISD_TEST_FARM_PROBE_ARRIVAL_CLOCK_H_

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>

#include "realtime.h"

class ArrivalClock {
 public:
  // To be called when a batch of packets has been taken from the kernel, and before their stamps
  // are looked at.
  void Read() {
    const int64_t before = Now();
    const int64_t wall = ClockNow(CLOCK_REALTIME);
    Note(before, wall, Now());
  }

  // The wall clock showed `wall` at a time from `before` to `after`.
  void Note(int64_t before, int64_t wall, int64_t after) {
    now_ = after;
    stepped_from_.reset();
    const int64_t least = std::max(least_, before - wall);
    const int64_t most = std::min(most_, after - wall);
    if (least <= most) {
      least_ = least;
      most_ = most;
      return;
    }
    stepped_from_ = Difference();
    least_ = before - wall;
    most_ = after - wall;
  }

  // When a packet of the batch came, by its stamp.
  int64_t ArrivedAt(int64_t stamp) const {
    const int64_t at = stamp + Difference();
    if (!stepped_from_) return std::min(at, now_);
    const int64_t before_step = stamp + *stepped_from_;
    if (at > now_) return std::min(before_step, now_);
    return before_step > now_ ? at : std::max(at, before_step);
  }

 private:
  int64_t Difference() const { return least_ + (most_ - least_) / 2; }

  // CLOCK_MONOTONIC less CLOCK_REALTIME is in between. No wall clock shows less than 0 or more than
  // some centuries: the first reading is within.
  int64_t least_ = std::numeric_limits<int64_t>::min() / 2;
  int64_t most_ = std::numeric_limits<int64_t>::max() / 2;
  int64_t now_ = 0;
  std::optional<int64_t> stepped_from_;  // the difference before the step, in the batch after it
};

#endif  // RAISD_TEST_FARM_PROBE_ARRIVAL_CLOCK_H_
