// The other hosts of one group: what each run of each host has proved, and when it was heard.
//
// A run is one life of a host's heartbeat process, named by its incarnation. A run counts once it
// has named this process's incarnation (R51: no recording can); until then it is a candidate beside
// the proved run, and changes nothing of what that one has shown. With unicast peers a host may
// also be known by the word of members alone (R60). Fixed in size: at the bound the caller counts.

#ifndef RAISD_HEARTBEAT_HOST_TABLE_H_
#define RAISD_HEARTBEAT_HOST_TABLE_H_

#include <array>
#include <cstdint>
#include <span>

#include "bytes.h"
#include "frame.h"
#include "limits.h"
#include "replay_window.h"

namespace raisd::heartbeat {

/** Incarnation 0: there is no such run. */
struct Run {
  Run() = default;
  /** A run of which no sequence number up to `floor` is taken. */
  Run(uint64_t its_incarnation, uint64_t floor) : incarnation(its_incarnation), window(floor) {}

  uint64_t incarnation = 0;
  ReplayWindow window;
  /** When its newest frame came, by any interface. */
  uint64_t heard_at = 0;
  /** The newest sequence number that came over each interface: tells a second copy from a replay.
   */
  std::array<uint64_t, kMaxInterfaces> newest_on = {};

  /**
   * R6: notes that a frame came over an interface. False: it, or a newer one, came over that
   * interface before. So each interface takes a copy once, and a repetition is a replay.
   */
  bool NoteCopy(uint64_t sequence, uint8_t interface) {
    if (sequence <= newest_on[interface]) return false;
    newest_on[interface] = sequence;
    return true;
  }
};

/** Which pieces of a host's snapshot this control process has had. */
class DeliveredPieces {
 public:
  void Forget() { *this = {}; }
  /**
   * Whether the piece is still wanted. A version that differs from the noted one is a new snapshot,
   * if the frame is the newest of its sender; otherwise it is an old one, overtaken.
   */
  bool Wants(const PieceHeader& piece, bool newest) const {
    if (!IsNoted(piece)) return newest;
    return (bits_ >> piece.index & 1) == 0;
  }
  void Note(const PieceHeader& piece) {
    if (!IsNoted(piece)) *this = DeliveredPieces(piece);
    bits_ |= uint64_t{1} << piece.index;
  }

  DeliveredPieces() = default;

 private:
  explicit DeliveredPieces(const PieceHeader& piece)
      : version_(piece.version), count_(piece.count) {}
  bool IsNoted(const PieceHeader& piece) const {
    return piece.version == version_ && piece.count == count_;
  }

  uint32_t version_ = 0;
  /** 0: nothing is noted; a piece has always a count. */
  uint16_t count_ = 0;
  uint64_t bits_ = 0;
};

struct Host {
  Id id = {};
  Run proved;
  Run candidate;
  // Of the proved run's newest frame. Of a host that was only introduced: kPermit, since members
  // tell of no other frames.
  uint16_t flags = 0;
  uint32_t term = 0;
  uint32_t info_version = 0;
  /** Newest frame with PERMIT heard directly; 0: never. */
  uint64_t permitted_at = 0;
  /** R12: the newest moment at which another member says that it heard this host; 0: never. */
  uint64_t relayed_at = 0;
  std::array<uint64_t, kMaxInterfaces> heard_at = {};
  DeliveredPieces delivered;

  /** When anything of it was heard; of a host that is not proved, at second hand as well. */
  uint64_t last_heard() const;
};

class HostTable {
 public:
  Host* Find(const Id& id);
  /**
   * A new entry for a host that is not in the table. Where the table is full, the entry that was
   * silent longest makes room: forgetting is safe, since an old recording cannot prove its run
   * again. Null: all entries were heard too lately.
   */
  Host* Insert(const Id& id, uint64_t now);
  /** Drops candidates that have proved nothing for long, and hosts that nobody speaks of either. */
  void ForgetUnproved(uint64_t now);
  /** A new control process has had nothing yet. */
  void ForgetDeliveries();

  std::span<Host> hosts() { return {hosts_.data(), count_}; }
  std::span<const Host> hosts() const { return {hosts_.data(), count_}; }

 private:
  Host* Claim(size_t index, const Id& id);
  void Remove(size_t index);

  // The ids' last 8 bytes apart from the rest: a search runs over 2 KB, not over the whole table.
  std::array<uint64_t, kMaxHosts> keys_ = {};
  std::array<Host, kMaxHosts> hosts_ = {};
  size_t count_ = 0;
};

}  // namespace raisd::heartbeat

#endif  // RAISD_HEARTBEAT_HOST_TABLE_H_
