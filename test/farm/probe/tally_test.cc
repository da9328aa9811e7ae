// The definitions of tally.h, each with times that are known exactly.

#include "tally.h"

#include "check.h"

namespace {

constexpr int64_t kMs = 1'000'000;
constexpr int64_t kBound = 20 * kMs;

struct Change {
  int host;
  int was;
  int64_t at;
};

struct Fixture {
  std::vector<Change> changes;
  Tally tally{0, kBound, [this](int host, int was, int64_t at) {
                changes.push_back({host, was, at});
              }};

  // Sends at `ms` and has `host` answer 100 µs later; nobody answers where `host` is negative.
  uint64_t Ask(int64_t ms, int host) {
    const uint64_t sequence = tally.Send(ms * kMs);
    if (host >= 0) tally.Answer(sequence, host, ms * kMs + 100'000);
    return sequence;
  }
};

void NothingLostIsNoSilence() {
  Fixture f;
  for (int ms = 1; ms <= 100; ms++) f.Ask(ms, 0);
  f.tally.Decide(100 * kMs);
  const Interval i = f.tally.Running(100 * kMs);
  CHECK(i.sent == 100 && i.answered == 100 && i.lost == 0 && i.silence == 0);
  CHECK(i.slowest == 100'000 && i.widest_gap == kMs);
  CHECK(i.runs.size() == 1 && i.runs[0].answered == 100 && i.runs[0].first == kMs);
}

void SilenceLastsFromAnsweredToAnswered() {
  Fixture f;
  for (int ms = 1; ms <= 10; ms++) f.Ask(ms, 0);
  for (int ms = 11; ms <= 40; ms++) f.Ask(ms, -1);
  for (int ms = 41; ms <= 50; ms++) f.Ask(ms, 1);
  f.tally.Decide(100 * kMs);
  const Interval i = f.tally.Running(100 * kMs);
  CHECK(i.lost == 30);
  CHECK(i.silence == 31 * kMs && i.silence_begin == 10 * kMs);
  CHECK(i.changes == 1);
  CHECK(f.changes.size() == 2);
  CHECK(f.changes[0].host == 0 && f.changes[0].was == Tally::kNobody);
  CHECK(f.changes[1].host == 1 && f.changes[1].was == 0 && f.changes[1].at == 41 * kMs);
}

void UndecidedRequestsAreNotLostYet() {
  Fixture f;
  f.Ask(1, 0);
  f.Ask(2, -1);
  f.Ask(3, 0);
  f.tally.Decide(2 * kMs + kBound);
  CHECK(f.tally.Running(2 * kMs + kBound).sent == 1);
  f.tally.Decide(2 * kMs + kBound + 1);
  const Interval i = f.tally.Running(2 * kMs + kBound + 1);
  CHECK(i.sent == 3 && i.lost == 1 && i.silence == 2 * kMs);
}

void LateAnswersLeaveTheirRequestsLost() {
  Fixture f;
  const uint64_t sequence = f.Ask(1, -1);
  f.tally.Answer(sequence, 0, 1 * kMs + kBound + 1);
  f.tally.Decide(100 * kMs);
  const uint64_t decided = f.Ask(101, -1);
  f.tally.Decide(200 * kMs);
  f.tally.Answer(decided, 0, 300 * kMs);
  const Interval i = f.tally.Running(300 * kMs);
  CHECK(i.lost == 2 && i.late == 2 && i.answered == 0 && i.silence == 300 * kMs);
}

void DoubledAnswersCountOnceARequest() {
  Fixture f;
  const uint64_t one = f.Ask(1, 0);
  f.tally.Answer(one, 0, 2 * kMs);
  f.tally.Answer(one, 1, 2 * kMs);
  const uint64_t two = f.Ask(2, 0);
  f.tally.Answer(two, 1, 3 * kMs);
  f.tally.Decide(50 * kMs);
  const Interval i = f.tally.Running(50 * kMs);
  CHECK(i.answered == 2 && i.doubled == 2 && i.two_hosts == 2 && i.changes == 0);
}

void MarksCutSilencesInTwo() {
  Fixture f;
  f.Ask(1, 0);
  f.Ask(2, -1);
  f.tally.Mark(2 * kMs + kMs / 2);
  f.Ask(3, -1);
  f.Ask(4, 0);
  f.tally.Decide(5 * kMs);
  CHECK(!f.tally.TakeClosed().has_value());
  f.tally.Decide(100 * kMs);
  const std::optional<Interval> closed = f.tally.TakeClosed();
  CHECK(closed.has_value() && closed->sent == 2 && closed->lost == 1);
  CHECK(closed->silence == kMs + kMs / 2 && closed->end == 2 * kMs + kMs / 2);
  const Interval i = f.tally.Running(100 * kMs);
  CHECK(i.sent == 2 && i.lost == 1 && i.silence == kMs + kMs / 2 && i.silence_begin == closed->end);
}

void MarksWithoutRequestsCloseAtOnce() {
  Fixture f;
  f.tally.Mark(1);
  f.tally.Mark(2);
  f.tally.Decide(3);
  CHECK(f.tally.TakeClosed()->end == 1);
  CHECK(f.tally.TakeClosed()->end == 2);
  CHECK(!f.tally.TakeClosed().has_value());
}

void RefusedRequestsAreLost() {
  Fixture f;
  f.tally.SendFailed(f.Ask(1, -1));
  f.tally.Decide(100 * kMs);
  const Interval i = f.tally.Running(100 * kMs);
  CHECK(i.lost == 1 && i.send_errors == 1);
}

void RunsAreBoundedAndChangesCountOn() {
  Fixture f;
  for (int ms = 1; ms <= 200; ms++) f.Ask(ms, ms % 2);
  f.tally.Decide(200 * kMs);
  const Interval i = f.tally.Running(200 * kMs);
  CHECK(i.runs.size() == Tally::kMaxRuns && i.changes == 199);
}

}  // namespace

int main() {
  NothingLostIsNoSilence();
  SilenceLastsFromAnsweredToAnswered();
  UndecidedRequestsAreNotLostYet();
  LateAnswersLeaveTheirRequestsLost();
  DoubledAnswersCountOnceARequest();
  MarksCutSilencesInTwo();
  MarksWithoutRequestsCloseAtOnce();
  RefusedRequestsAreLost();
  RunsAreBoundedAndChangesCountOn();
  puts("tally: ok");
}
