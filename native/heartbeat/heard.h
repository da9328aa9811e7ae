// HEARD (R12): telling the group whom this host hears, and reading what others say of this host.

#ifndef RAISD_HEARTBEAT_HEARD_H_
#define RAISD_HEARTBEAT_HEARD_H_

#include <cstdint>

#include "frame.h"
#include "host_table.h"

namespace raisd::heartbeat {

/**
 * Milliseconds from `at` (0: never) to `now` as an entry tells them: rounded up, and one more for
 * the way of the frame, so that who reads it does not take the host for younger than it was heard
 * (R12).
 */
inline uint16_t HeardAge(uint64_t at, uint64_t now) {
  if (at == 0) return kAgeUnknown;
  const uint64_t span = now <= at ? 0 : now - at;
  const uint64_t age = (span + kNanosecondsAMillisecond - 1) / kNanosecondsAMillisecond + 1;
  return age > kAgeUnknown ? kAgeUnknown : static_cast<uint16_t>(age);
}

/** Whose turn it is to be named where not all fit into one frame. */
class HeardRotation {
 public:
  /**
   * Writes entries of at most kMaxHeardBytes to `out` and returns their bytes. Runs that have
   * proved nothing yet come first, in half of the room at the most: being named is what they wait
   * for.
   */
  size_t Write(const HostTable& table, uint64_t now, uint8_t* out);

 private:
  size_t next_candidate_ = 0;
  size_t next_proved_ = 0;
};

/** What a frame's HEARD says of this host. */
struct HeardOfUs {
  /** The newest sequence number of ours that the sender has heard, of whatever run (R7); 0: none.
   */
  uint64_t newest = 0;
  /** The same, of this run alone (R51: an echo). */
  uint64_t echoed = 0;
};

HeardOfUs FindOurselves(Bytes heard, const Id& host, uint64_t incarnation);

/**
 * How lately sent a sequence number must be for its echo to prove anything: within the last one to
 * two periods. So not even a recording of this very run proves that its sender lives, once it is
 * that old.
 */
class EchoFloor {
 public:
  /** `sequence`: the last one used. Returns whether a period has passed. */
  bool Tick(uint64_t now, uint64_t period, uint64_t sequence) {
    if (now - marked_at_ < period) return false;
    floor_ = mark_;
    mark_ = sequence;
    marked_at_ = now;
    return true;
  }
  /** Nothing that was sent before this number counts. */
  void StartAt(uint64_t sequence) { floor_ = mark_ = sequence; }
  bool Accepts(uint64_t echoed) const { return echoed != 0 && echoed >= floor_; }

 private:
  uint64_t floor_ = 0;
  uint64_t mark_ = 0;
  uint64_t marked_at_ = 0;
};

}  // namespace raisd::heartbeat

#endif  // RAISD_HEARTBEAT_HEARD_H_
