// When control has to hear how things are. It judges the others by what it was told last, so it is
// told anew before that grows old for any of them, and with each heartbeat while one of them is
// late. A report in which nothing is new but the time would only wake it.

#ifndef RAISD_HEARTBEAT_REPORT_PACE_H_
#define RAISD_HEARTBEAT_REPORT_PACE_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "host_table.h"

namespace raisd::heartbeat {

class ReportPace {
 public:
  /**
   * Called with each heartbeat: whether the report may wait for the next one. `doubt`: nanoseconds
   * without a word after which control doubts a host; 0: it is to hear of each heartbeat.
   */
  bool MayWait(const HostTable& table, uint64_t now, uint64_t interval, uint64_t doubt) const {
    // The next heartbeat may be a little late as well.
    if (told_oldest_ == 0 || now + interval + interval / 10 >= told_oldest_ + doubt) return false;
    const View view = Look(table, now, interval, doubt);
    return !view.is_one_late && view.in_time == told_in_time_;
  }

  /** Control is being told how things are at this moment. */
  void NoteTold(const HostTable& table, uint64_t now, uint64_t interval, uint64_t doubt) {
    const View view = Look(table, now, interval, doubt);
    told_oldest_ = view.oldest;
    told_in_time_ = view.in_time;
  }

 private:
  struct View {
    size_t in_time = 0;
    /** When that of them was heard that was heard longest ago; now, where nobody is heard. */
    uint64_t oldest = 0;
    /** Somebody misses a heartbeat, and has not done so for long. */
    bool is_one_late = false;
  };

  static View Look(const HostTable& table, uint64_t now, uint64_t interval, uint64_t doubt) {
    View view;
    view.oldest = now;
    for (const Host& host : table.hosts()) {
      const uint64_t heard = std::max(host.permitted_at, host.relayed_at);
      const uint64_t age = now > heard ? now - heard : 0;
      if (age <= interval + interval / 2) {
        view.in_time++;
        view.oldest = std::min(view.oldest, heard);
      } else if (age <= kGoneDoubts * doubt) {
        view.is_one_late = true;
      }
    }
    return view;
  }

  /** After so many doubts (two timeouts) a host is gone, and control has judged it. */
  static constexpr uint64_t kGoneDoubts = 3;

  /** As control was told last; 0: it was told nothing. */
  uint64_t told_oldest_ = 0;
  size_t told_in_time_ = 0;
};

}  // namespace raisd::heartbeat

#endif  // RAISD_HEARTBEAT_REPORT_PACE_H_
