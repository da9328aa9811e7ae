// What control gave last to be told to the group: flags, term and a snapshot, cut into pieces. Each
// heartbeat takes the next piece, for ever, so that who missed one gets it in the next round. For a
// while after a new snapshot, and for a new host, the rounds are fast: who lacks a large snapshot
// for longer than a timeout would be led, or would lead, with empty tables (R24).

#ifndef RAISD_HEARTBEAT_PUBLISHED_H_
#define RAISD_HEARTBEAT_PUBLISHED_H_

#include <array>
#include <cstring>

#include "frame.h"
#include "limits.h"

namespace raisd::heartbeat {

class Published {
 public:
  /**
   * The snapshot has at most kMaxSnapshotBytes; `at` is when control said it. Returns whether it is
   * a new one; otherwise its pieces go on taking turns.
   */
  bool Replace(const Header& state, Bytes snapshot, uint64_t at) {
    is_said_ = true;
    const bool is_new = state.info_version != version_ || snapshot.size() != size_;
    flags_ = state.flags;
    term_ = state.term;
    version_ = state.info_version;
    size_ = snapshot.size();
    if (!snapshot.empty()) std::memcpy(snapshot_.data(), snapshot.data(), snapshot.size());
    at_ = at;
    if (is_new) {
      next_ = 0;
      Hurry();
    }
    return is_new;
  }

  /** Control has said what this host is. */
  bool is_said() const { return is_said_; }

  /** Some host may lack the snapshot. */
  void Hurry() { hurry_ = kHurryBeats; }

  /** How many frames are to leave at this interval: 1, or more in a hurry. */
  size_t TakeFrames() {
    if (hurry_ == 0 || pieces() < 2) return 1;
    hurry_--;
    return (pieces() + kRoundBeats - 1) / kRoundBeats;
  }

  /** Flags, term and version into a header. */
  void Describe(Header* header) const {
    header->flags = flags_;
    header->term = term_;
    header->info_version = version_;
  }

  size_t pieces() const { return (size_ + kMaxPieceBytes - 1) / kMaxPieceBytes; }

  /** Adds the piece whose turn it is; none if nothing is published. */
  void AddNextPiece(uint64_t now, FrameWriter* frame) {
    if (size_ == 0) return;
    const size_t start = next_ * kMaxPieceBytes;
    const size_t length = size_ - start < kMaxPieceBytes ? size_ - start : kMaxPieceBytes;
    uint8_t head[kPieceHeaderBytes];
    Writer writer(head);
    writer.Put32(version_);
    writer.Put16(static_cast<uint16_t>(next_));
    writer.Put16(static_cast<uint16_t>(pieces()));
    writer.Put32(AgeAt(now));
    frame->AddTlv(kPiece, head, Bytes(snapshot_).subspan(start, length));
    next_ = (next_ + 1) % pieces();
  }

 private:
  /** Milliseconds, rounded up: what is told is never younger than it is (R12). */
  uint32_t AgeAt(uint64_t now) const {
    if (now <= at_) return 0;
    const uint64_t age = (now - at_ + kNanosecondsAMillisecond - 1) / kNanosecondsAMillisecond;
    return age > UINT32_MAX ? UINT32_MAX : static_cast<uint32_t>(age);
  }

  /** Until control has said what this host is, it must not be taken for one that could lead. */
  uint16_t flags_ = kJoining;
  bool is_said_ = false;
  uint32_t term_ = 0;
  uint32_t version_ = 0;
  uint64_t at_ = 0;
  size_t next_ = 0;
  /** Intervals for which it goes on. */
  size_t hurry_ = 0;
  size_t size_ = 0;
  std::array<uint8_t, kMaxSnapshotBytes> snapshot_ = {};
};

}  // namespace raisd::heartbeat

#endif  // RAISD_HEARTBEAT_PUBLISHED_H_
