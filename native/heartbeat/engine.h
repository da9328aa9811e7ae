// What runs on the real-time thread: one poll over the groups' timers and sockets, the control link
// and the calls of other threads. Never waits anywhere else, never allocates, does no file IO.
//
// Everything it sends for control stands under a permit (R52): while control renews it, frames say
// PERMIT.

#ifndef RAISD_HEARTBEAT_ENGINE_H_
#define RAISD_HEARTBEAT_ENGINE_H_

#include <errno.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>

#include "../fence.h"
#include "../lease_board.h"
#include "call_box.h"
#include "group.h"
#include "inheritance.h"
#include "lane.h"
#include "limits.h"
#include "link.h"
#include "link_messages.h"
#include "sequence.h"
#include "socket_io.h"
#include "timer.h"
#include "watchdog.h"

namespace raisd::heartbeat {

struct EngineOptions {
  Identity identity;
  /** Number of control interfaces, 1 … kMaxInterfaces. */
  uint8_t interfaces = 0;
  /** Never null; outlives the engine. */
  Inheritance* inheritance = nullptr;
};

/** What became ready. */
enum class Source : uint8_t { kCall, kSecond, kPermit, kLink, kTimer, kSocket };

struct EventKey {
  Source source = Source::kCall;
  uint8_t lane = 0;
  uint8_t interface = 0;

  uint64_t ToInteger() const {
    return static_cast<uint64_t>(source) << 16 | static_cast<uint64_t>(lane) << 8 | interface;
  }
  static EventKey FromInteger(uint64_t key) {
    return {static_cast<Source>(key >> 16), static_cast<uint8_t>(key >> 8 & 0xff),
            static_cast<uint8_t>(key & 0xff)};
  }
};

class Engine {
 public:
  explicit Engine(const EngineOptions& options);

  /** Opens what it polls: 0 or errno. Before Run. */
  int Open();
  /**
   * R53: from now on it beats, and nobody else does. Before that it only takes in, on any thread,
   * what it will need, and changes nothing outside of itself.
   */
  void Awake();
  /** Serves until a call has stopped it. After Awake. */
  void Run();

  CallBox& calls() { return calls_; }
  const Sequence& sequence() const { return sequence_; }
  const EngineOptions& options() const { return options_; }
  /** Whether a control process is there. Any thread. */
  bool is_linked() const { return is_linked_.load(std::memory_order_relaxed); }
  /** Links that were closed because control sent nonsense. Any thread. */
  uint32_t refused_links() const { return refused_links_.load(std::memory_order_relaxed); }

  // By way of calls() once it is awake. Each returns 0 or errno.

  /** EEXIST, ENOSPC. The lane stays the caller's and must outlive its removal. */
  int AddLane(Lane* lane, GroupSettings* settings);
  /** R53: some group is silent for as long as control does not say again what this host is. */
  bool IsSilent();
  /** Takes the new settings; the keys that it had are left in `settings`. ENOENT. */
  int ChangeLane(uint64_t tag, GroupSettings* settings);
  /** ENOENT. */
  int RemoveLane(uint64_t tag, Lane** removed);
  /** ENOENT, EINVAL, or what the socket says. Replaces the one that was there. */
  int AddSocket(uint64_t tag, uint8_t interface, Descriptor* socket);
  int AttachControl(Descriptor* socket);
  /** Takes the board's mapping over; the one that there was is left in `board`. */
  void SwapBoard(std::unique_ptr<LeaseBoard>* board);
  /** Likewise, the fence's page of deadlines. */
  void SwapFence(std::unique_ptr<FencePage>* page) { fence_.swap(*page); }
  /** Takes the socket over; the one that there was is left in `watchdog`. */
  void SwapWatchdog(Watchdog* watchdog);
  /** EAGAIN before it is awake: the numbers are another one's. */
  int RaiseSequence(uint64_t above) {
    if (!is_awake_) return EAGAIN;
    sequence_.RaiseAbove(above);
    return 0;
  }
  void Stop() { is_stopping_ = true; }

 private:
  // The poll.
  int Watch(int fd, EventKey key, uint32_t events);
  void Unwatch(int fd);
  void UnwatchSocket(GroupSocket* socket);
  void Dispatch(EventKey key, uint32_t events);
  void OnSecond();
  void FeedWatchdog(uint64_t now);

  // Sending.
  void ServeDue(uint64_t now);
  void SendHeartbeat(Lane* lane);
  /** R53: whether the lane keeps its silence, since it does not know yet what to say. */
  static bool IsHeldBack(Lane* lane, uint64_t now) {
    return now < lane->silent_until && !lane->group.published().is_said();
  }
  bool IsPermitted(Lane* lane, uint64_t now) const {
    return permit_until_ > now && !lane->group.beat().is_lapsed;
  }
  int Adopt(Lane* lane, uint64_t now);
  void Resume(Lane* lane, uint64_t now);
  bool MayReportLater(Lane* lane, uint64_t now) const;
  void RenewLease(Lane* lane, uint64_t begun_at);
  void ClaimLease(Lane* lane);
  void RetainSlots();
  void Transmit(Lane* lane, Bytes frame);
  void Rewatch(Lane* lane);
  int Schedule(Lane* lane, uint64_t now);
  void EndRhythm(Lane* lane, const GroupSettings& next);
  bool Apply(Lane* lane, GroupSettings* settings);

  // Receiving.
  void OnSocket(Lane* lane, uint8_t interface, uint32_t events);
  size_t Drain(Lane* lane, uint8_t interface, int batches);
  void Take(Lane* lane, const Datagram& datagram);
  void Deliver(Lane* lane, const Reception& reception, const Arrival& arrival);
  void Notify(Lane* lane, Conflict conflict, const Id& source);

  // The control link.
  void OnLink(uint32_t events);
  void CloseLink();
  bool HandlePacket(Bytes packet, uint64_t at);
  void Handle(const PublishMessage& message, uint64_t at);
  void Handle(const CommandMessage& message);
  void Handle(const PermitMessage& message, uint64_t at);
  void Handle(const SyncMessage& message);
  void Handle(const PeersMessage& message);
  void Handle(const ReopenMessage& message);
  void EndPermit();
  void FlushReports();
  bool SendDueReports();
  bool SendDueSynced();

  Lane* FindLane(uint64_t tag);

  const EngineOptions options_;
  Sequence sequence_;
  std::atomic<uint32_t> refused_links_ = 0;
  std::atomic<bool> is_linked_ = false;
  bool is_awake_ = false;
  bool is_stopping_ = false;

  CallBox calls_;
  Descriptor epoll_;
  Timer second_timer_;
  Timer permit_timer_;
  /** CLOCK_BOOTTIME at which PERMIT ends; 0: there is no permit. Outlives this process. */
  std::atomic<uint64_t>& permit_until_;

  /** Null until the supervisor has given it. */
  std::unique_ptr<LeaseBoard> board_;
  std::unique_ptr<FencePage> fence_;
  /** Of the service manager, if there is one. */
  Watchdog watchdog_;

  Link link_;
  /** A report did not fit: none is tried until the link can be written to. */
  bool link_is_blocked_ = false;
  bool link_awaits_writing_ = false;
  /** See Inheritance::sync. */
  std::atomic<uint64_t>& sync_;

  std::array<Lane*, kMaxGroups> lanes_ = {};
  /** Where the next round of reports begins, so that a busy control starves no group. */
  size_t next_report_ = 0;
  ReceiveBatch batch_;
  std::array<uint8_t, kMaxFrameBytes> frame_ = {};
  DestinationList learned_;
};

}  // namespace raisd::heartbeat

#endif  // RAISD_HEARTBEAT_ENGINE_H_
