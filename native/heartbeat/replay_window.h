// Which sequence numbers of one sender were seen (R6, R51): the newest one and a bit for each of
// the 64 up to it. Late frames inside the window are taken once; what is older is refused.

#ifndef RAISD_HEARTBEAT_REPLAY_WINDOW_H_
#define RAISD_HEARTBEAT_REPLAY_WINDOW_H_

#include <cstdint>

namespace raisd::heartbeat {

class ReplayWindow {
 public:
  static constexpr uint64_t kWidth = 64;

  enum class Place {
    /** Above everything seen. */
    kNewest,
    /** Inside the window and not seen: overtaken on its way. */
    kLate,
    kSeen,
    /** At or below the floor, or too far back to know. */
    kOld,
  };

  ReplayWindow() = default;
  /** A window in which nothing up to `floor` is taken. */
  explicit ReplayWindow(uint64_t floor) : floor_(floor) {}

  Place Find(uint64_t sequence) const {
    if (sequence <= floor_) return Place::kOld;
    if (sequence > newest_) return Place::kNewest;
    const uint64_t behind = newest_ - sequence;
    if (behind >= kWidth) return Place::kOld;
    return (seen_ >> behind & 1) != 0 ? Place::kSeen : Place::kLate;
  }

  void Note(uint64_t sequence) {
    if (sequence <= newest_) {
      seen_ |= uint64_t{1} << (newest_ - sequence);
      return;
    }
    const uint64_t ahead = sequence - newest_;
    seen_ = (ahead >= kWidth ? 0 : seen_ << ahead) | 1;
    newest_ = sequence;
  }

  /** 0: nothing was seen. */
  uint64_t newest() const { return newest_; }

 private:
  uint64_t floor_ = 0;
  uint64_t newest_ = 0;
  uint64_t seen_ = 0;
};

}  // namespace raisd::heartbeat

#endif  // RAISD_HEARTBEAT_REPLAY_WINDOW_H_
