// R60: addresses that authentic frames come from and that are no destinations yet. A member counts
// only once it has named this host's incarnation (R51), and it cannot name what it never hears: so
// whoever is told of us, and we are not told of, is sent to on trust until control has learned its
// addresses. Whoever stops speaking is sent to no longer.
//
// One place for each host that a group can have. Fewer would slow down the start of a whole farm
// that knows one seed: HEARD names some of those that wait in each frame, in turn, and a turn is
// lost on those whom the frame does not reach. Where there is no place left the newcomer waits:
// places become free when control learns their addresses, and when they fall silent.
//
// What recordings can do: one that was made of a host that is away now, or of an earlier run of
// this host's, is authentic and new to us, and whoever sends it chooses the source address. Each
// serves once, since sequence numbers only ascend, and only from this link (hop limit 255).

#ifndef RAISD_HEARTBEAT_PROVISIONAL_H_
#define RAISD_HEARTBEAT_PROVISIONAL_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "destination.h"
#include "limits.h"

namespace raisd::heartbeat {

/** So long an address is sent to after its last frame: several heartbeats of either side. */
constexpr uint64_t ProvisionalSpan(uint64_t interval) {
  return std::max(kProvisionalIntervals * interval, kNanosecondsASecond);
}

struct Provisional {
  Destination destination;
  uint64_t heard_at = 0;
};

class ProvisionalList {
 public:
  void Note(const Destination& source, uint64_t at) {
    for (size_t index = 0; index < count_; index++) {
      if (all_[index].destination != source) continue;
      all_[index].heard_at = std::max(all_[index].heard_at, at);
      return;
    }
    if (count_ < kMaxProvisional) all_[count_++] = {source, at};
  }

  /** Drops those of which `is_over(Provisional)` holds. */
  template <typename IsOver>
  void Drop(const IsOver& is_over) {
    const auto end = all_.begin() + count_;
    count_ = static_cast<size_t>(std::remove_if(all_.begin(), end, is_over) - all_.begin());
  }

  std::span<const Provisional> all() const { return {all_.data(), count_}; }

 private:
  std::array<Provisional, kMaxProvisional> all_ = {};
  size_t count_ = 0;
};

}  // namespace raisd::heartbeat

#endif  // RAISD_HEARTBEAT_PROVISIONAL_H_
