// One service group without its sockets: what a received frame changes, and what the next frame
// says. No IO and no clock, so that tests and fuzzers can drive it; the thread does what is asked
// for in Reception.

#ifndef RAISD_HEARTBEAT_GROUP_H_
#define RAISD_HEARTBEAT_GROUP_H_

#include <cstdint>
#include <memory>

#include "counters.h"
#include "frame.h"
#include "group_memory.h"
#include "key_ring.h"
#include "published.h"

namespace raisd::heartbeat {

/** This host and this run of its heartbeat process. */
struct Identity {
  Id host = {};
  uint64_t incarnation = 0;
};

/** How a datagram came. */
struct Arrival {
  /** Position in the control interfaces. */
  uint8_t interface = 0;
  uint64_t at = 0;
  /** TTL or hop limit; -1: unknown. */
  int ttl = -1;
  /** It was longer than the buffer. */
  bool truncated = false;
  Id source = {};
};

enum class Conflict : uint8_t {
  kNone = 0,
  /** Another incarnation uses our host id. */
  kHostId = 1,
  /** A MAC did not verify: perhaps a wrong key. */
  kMac = 2,
};

/** What a datagram was, and what is to be done about it. */
struct Reception {
  Reason reason = Reason::kMalformed;
  Header header;
  Body body;
  /** The sender, where the reason is kAccepted. */
  Host* host = nullptr;
  /** Control has not had the piece or command. */
  bool deliver = false;
  /** A report is due at once: a host was proved, or its flags, term, version or run changed. */
  bool changed = false;
  Conflict conflict = Conflict::kNone;
  /** Authentic, and the newest of its sender's run: no recording that was used before. */
  bool is_newest = false;
  /** R7: the sender says that it has seen this sequence number of ours, perhaps of an earlier run.
   */
  uint64_t seen_of_us = 0;
};

class Group {
 public:
  Group(const Identity& identity, uint64_t tag, std::unique_ptr<KeyRing> keys)
      : identity_(identity), tag_(tag), keys_(std::move(keys)) {}

  /** Comes before all that has to do with hosts and frames. Stays the caller's. */
  void Inherit(GroupMemory* memory) { memory_ = memory; }
  GroupMemory* memory() { return memory_; }

  /** Judges a datagram and takes in what it proves. `reception` holds views into the datagram. */
  void Receive(Bytes datagram, const Arrival& arrival, Reception* reception);

  /** Control has had the piece of an accepted frame. */
  void NoteDelivered(const Reception& reception) {
    if (!reception.body.piece.empty()) reception.host->delivered.Note(reception.body.piece_header);
  }
  /** A new control process: it has had nothing. */
  void ForgetDeliveries() {
    hosts().ForgetDeliveries();
    counters_.MarkChanged();
  }

  /** The next heartbeat, into kMaxFrameBytes at `frame`. Empty: it could not be signed. */
  Bytes ComposeHeartbeat(uint64_t now, bool permit, uint64_t sequence, uint8_t* frame);
  /** A command of at most kMaxCommandBytes, likewise. */
  Bytes ComposeCommand(uint8_t type, Bytes command, bool permit, uint64_t sequence, uint8_t* frame);

  /** With each heartbeat: ages what grows stale. `sequence` is the last one used. */
  void Tick(uint64_t now, uint64_t interval, uint64_t sequence);
  /** Whether a notice of this kind may be given: one a second. Notes it. */
  bool MayNotify(Conflict conflict, uint64_t now);

  /** Exchanges the keys; the caller frees the old ones, away from the real-time thread. */
  void SwapKeys(std::unique_ptr<KeyRing>* keys) { keys_.swap(*keys); }

  /**
   * R60: whether members introduce hosts by naming them (HEARD). With unicast peers that is how two
   * hosts that were told of a third one alone come to know of each other; under multicast who is
   * there is heard.
   */
  void TakeIntroductions(bool is_unicast) { takes_introductions_ = is_unicast; }

  uint64_t tag() const { return tag_; }
  Published& published() { return memory_->said.published; }
  Counters& counters() { return counters_; }
  HostTable& hosts() { return memory_->known.hosts; }
  Beat& beat() { return memory_->beat; }

 private:
  Reason Judge(Bytes datagram, const Arrival& arrival, Reception* reception);
  Reason JudgeOwnId(const Header& header, Reception* reception);
  Reason JudgeSender(const Arrival& arrival, Reception* reception);
  Reason JudgeProved(const Arrival& arrival, Reception* reception);
  Reason JudgeCandidate(const Arrival& arrival, uint64_t echoed, Reception* reception);
  void Accept(const Arrival& arrival, bool newest, Reception* reception);
  void TakeState(const Header& header, Reception* reception);
  void TakeRelays(const Reception& reception, uint64_t at);
  Host* FindRelayed(const HeardEntry& entry, uint64_t age, uint64_t at);
  Header DescribeOurselves(uint8_t type, bool permit, uint64_t sequence) const;
  Bytes Seal(FrameWriter* writer, uint8_t* frame) const;
  EchoFloor& echo_floor() { return memory_->known.echo_floor; }

  const Identity identity_;
  const uint64_t tag_;
  std::unique_ptr<KeyRing> keys_;
  GroupMemory* memory_ = nullptr;
  HeardRotation rotation_;
  bool takes_introductions_ = false;
  /** How old a member's proof of life may be that introduces a host. */
  uint64_t freshness_ = kNanosecondsASecond;
  Counters counters_;
  /** The other incarnation that used our host id last. */
  Run impostor_;
  uint64_t notified_at_[3] = {};
};

}  // namespace raisd::heartbeat

#endif  // RAISD_HEARTBEAT_GROUP_H_
