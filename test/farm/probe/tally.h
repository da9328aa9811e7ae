// The prober's book-keeping for one service address: which requests were answered, by whom, and how
// long the longest silence was. No clock and no socket, so that its definitions can be tested
// exactly.
//
// A request is *answered* when an answer arrived within the bound after it was sent, and *lost*
// otherwise. An answer after the bound is *late* and leaves its request lost: a kernel that waits
// for a neighbour queues requests and sends them when it knows the new one, and a client that was
// kept waiting has not been served.
//
// A *silence* is a stretch of one or more lost requests. It lasts from the moment at which the last
// answered request before it was sent to the moment at which the first answered request after it
// was sent. With an interval of 1 ms it exceeds the outage by up to 2 ms and never falls short of
// it by more than the network's transit time. Where an interval begins or ends within a silence,
// the interval's own begin or end bounds it. No request lost: no silence.

#ifndef RAISD_TEST_FARM_PROBE_TALLY_H_
#define RAISD_TEST_FARM_PROBE_TALLY_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <vector>

// Consecutive requests that one host answered. Times are of sending.
struct HostRun {
  int host;
  int64_t first;
  int64_t last;
  uint64_t answered;
};

// What happened between two marks. Times in nanoseconds of CLOCK_MONOTONIC.
struct Interval {
  int64_t begin = 0;
  int64_t end = 0;
  uint64_t sent = 0;
  uint64_t answered = 0;
  uint64_t lost = 0;
  uint64_t send_errors = 0;  // of those lost: what the client's own kernel refused to send
  uint64_t late = 0;
  uint64_t doubled = 0;    // requests that were answered more than once
  uint64_t two_hosts = 0;  // of those: by two hosts
  uint64_t changes = 0;    // how often another host answered than before
  int64_t silence = 0;
  int64_t silence_begin = 0;
  int64_t slowest = 0;     // longest time from request to answer, of those answered
  int64_t widest_gap = 0;  // longest time between two requests: what the instrument itself was late
  std::vector<HostRun> runs;  // the first kMaxRuns; `changes` counts on
};

class Tally {
 public:
  static constexpr uint64_t kKept = 1 << 15;
  static constexpr size_t kMaxRuns = 64;
  static constexpr int kNobody = -1;

  // host, the host before (kNobody at first), and when the first request that it answered was sent.
  using HostChanged = std::function<void(int host, int was, int64_t at)>;

  Tally(int64_t now, int64_t bound, HostChanged changed);

  // Notes a request about to be sent and returns its sequence number.
  uint64_t Send(int64_t at);
  void SendFailed(uint64_t sequence);
  void Answer(uint64_t sequence, int host, int64_t at);

  // Decides, in the order of sending, every request that is answered or past its bound at `now`.
  // Whatever arrived before `now` must have been noted.
  void Decide(int64_t now);

  // Ends the interval: requests sent from here on belong to the next one.
  void Mark(int64_t at);

  bool HasClosed() const { return !closed_.empty(); }

  // The oldest interval that was ended and of which every request is decided.
  std::optional<Interval> TakeClosed();

  // The running interval as far as it is decided; a silence that still lasts counts up to `now`.
  Interval Running(int64_t now) const;

 private:
  struct Kept {
    int64_t sent_at;
    int64_t answered_at;  // 0: not yet
    int host;
    bool in_time;
    bool doubled;
    bool refused;
  };
  struct Boundary {
    uint64_t sequence;
    int64_t at;
  };

  Kept& At(uint64_t sequence) { return kept_[sequence % kKept]; }
  void Conclude(const Kept& request);
  void NoteHost(const Kept& request);
  void CloseEndedIntervals();
  void CloseInterval(int64_t at);
  static void NoteSilence(Interval& interval, int64_t begin, int64_t end);

  const int64_t bound_;
  const HostChanged changed_;
  std::vector<Kept> kept_ = std::vector<Kept>(kKept);
  uint64_t next_ = 0;     // sequence of the next request
  uint64_t decided_ = 0;  // all below are decided
  Interval running_;
  std::deque<Boundary> boundaries_;
  std::deque<Interval> closed_;
  int64_t last_answered_;
  int64_t last_sent_ = 0;
  uint64_t unanswered_ = 0;  // lost since last_answered_
  int host_ = kNobody;
};

#endif  // RAISD_TEST_FARM_PROBE_TALLY_H_
