// What became of the frames of one group, by reason. COUNTER_NAMES in src/ipc/heartbeat-messages.ts
// has the names, in this order.

#ifndef RAISD_HEARTBEAT_COUNTERS_H_
#define RAISD_HEARTBEAT_COUNTERS_H_

#include <array>
#include <cstdint>

#include "limits.h"

namespace raisd::heartbeat {

enum class Reason : uint8_t {
  kAccepted,
  /** R6: the copy of a frame that came over another interface before. */
  kDuplicate,
  /** Shorter than a header and a MAC, or than its own length field says. */
  kTruncated,
  /** Longer than the largest frame. */
  kOversized,
  kMagic,
  kVersion,
  /** Another group's tag. */
  kGroup,
  /** The TTL is not 255: it crossed a router. */
  kTtl,
  kMac,
  /** R51: a sequence number that was used before, or is too far back to know. */
  kReplay,
  /** Our own, come back. */
  kOwn,
  /** Our host id under another incarnation. */
  kConflict,
  kUnknownType,
  kMalformed,
  kTooManyHosts,
  /** R51: authentic, but the sender has not named this incarnation yet: it may be a recording. */
  kNotEchoed,
  /** Accepted, but control was too busy to take it. */
  kUndelivered,
  kSent,
  /** First of kMaxInterfaces: frames that an interface refused to send (ENETDOWN, EPERM …). */
  kSendError,
};

constexpr size_t kCounters = static_cast<size_t>(Reason::kSendError) + kMaxInterfaces;

class Counters {
 public:
  void Count(Reason reason) { CountAt(static_cast<size_t>(reason)); }
  void CountSendError(size_t interface) {
    CountAt(static_cast<size_t>(Reason::kSendError) + interface);
  }
  uint64_t Get(Reason reason) const { return values_[static_cast<size_t>(reason)]; }
  uint64_t GetSendErrors(size_t interface) const {
    return values_[static_cast<size_t>(Reason::kSendError) + interface];
  }
  const std::array<uint64_t, kCounters>& values() const { return values_; }

  /** Whether one changed since the last MarkReported. */
  bool changed() const { return changed_; }
  void MarkReported() { changed_ = false; }
  /** A control process that is new has seen none of them. */
  void MarkChanged() { changed_ = true; }

 private:
  void CountAt(size_t index) {
    values_[index]++;
    changed_ = true;
  }

  std::array<uint64_t, kCounters> values_ = {};
  bool changed_ = true;
};

}  // namespace raisd::heartbeat

#endif  // RAISD_HEARTBEAT_COUNTERS_H_
