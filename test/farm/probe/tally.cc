#include "tally.h"

#include <algorithm>
#include <utility>

Tally::Tally(int64_t now, int64_t bound, HostChanged changed)
    : bound_(bound), changed_(std::move(changed)), last_answered_(now) {
  running_.begin = now;
}

uint64_t Tally::Send(int64_t at) {
  At(next_) = Kept{at, 0, kNobody, false, false, false};
  return next_++;
}

void Tally::SendFailed(uint64_t sequence) {
  At(sequence).refused = true;
}

void Tally::Answer(uint64_t sequence, int host, int64_t at) {
  if (sequence >= next_ || next_ - sequence > kKept) return;
  Kept& request = At(sequence);
  if (request.answered_at != 0) {
    if (request.host != host) running_.two_hosts++;
    if (!request.doubled) running_.doubled++;
    request.doubled = true;
    return;
  }
  request.answered_at = at;
  request.host = host;
  request.in_time = sequence >= decided_ && at - request.sent_at <= bound_;
  if (!request.in_time) running_.late++;
}

void Tally::Decide(int64_t now) {
  while (decided_ < next_) {
    CloseEndedIntervals();
    const Kept& request = At(decided_);
    if (!request.in_time && now - request.sent_at <= bound_) return;
    Conclude(request);
    decided_++;
  }
  CloseEndedIntervals();
}

void Tally::CloseEndedIntervals() {
  while (!boundaries_.empty() && boundaries_.front().sequence == decided_) {
    CloseInterval(boundaries_.front().at);
    boundaries_.pop_front();
  }
}

void Tally::Conclude(const Kept& request) {
  running_.sent++;
  if (last_sent_ != 0) {
    running_.widest_gap = std::max(running_.widest_gap, request.sent_at - last_sent_);
  }
  last_sent_ = request.sent_at;
  if (!request.in_time) {
    running_.lost++;
    if (request.refused) running_.send_errors++;
    unanswered_++;
    return;
  }
  running_.answered++;
  running_.slowest = std::max(running_.slowest, request.answered_at - request.sent_at);
  if (unanswered_ > 0) NoteSilence(running_, last_answered_, request.sent_at);
  unanswered_ = 0;
  last_answered_ = request.sent_at;
  NoteHost(request);
}

void Tally::NoteHost(const Kept& request) {
  const bool other = request.host != host_;
  if (other) {
    if (host_ != kNobody) running_.changes++;
    changed_(request.host, host_, request.sent_at);
    host_ = request.host;
  }
  // Beyond kMaxRuns the last run would be given another host's answers: they are left out of the
  // runs instead.
  if (!running_.runs.empty() && running_.runs.back().host == request.host) {
    running_.runs.back().last = request.sent_at;
    running_.runs.back().answered++;
  } else if (running_.runs.size() < kMaxRuns) {
    running_.runs.push_back(HostRun{request.host, request.sent_at, request.sent_at, 1});
  }
}

void Tally::NoteSilence(Interval& interval, int64_t begin, int64_t end) {
  if (end - begin <= interval.silence) return;
  interval.silence = end - begin;
  interval.silence_begin = begin;
}

void Tally::Mark(int64_t at) {
  boundaries_.push_back(Boundary{next_, at});
}

void Tally::CloseInterval(int64_t at) {
  if (unanswered_ > 0) NoteSilence(running_, last_answered_, at);
  running_.end = at;
  closed_.push_back(std::move(running_));
  running_ = Interval{};
  running_.begin = at;
  last_answered_ = at;
  unanswered_ = 0;
}

std::optional<Interval> Tally::TakeClosed() {
  if (closed_.empty()) return std::nullopt;
  Interval interval = std::move(closed_.front());
  closed_.pop_front();
  return interval;
}

Interval Tally::Running(int64_t now) const {
  Interval interval = running_;
  interval.end = now;
  if (unanswered_ > 0) NoteSilence(interval, last_answered_, now);
  return interval;
}
