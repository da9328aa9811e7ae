#include "phases.h"

#include <algorithm>
#include <utility>

void Phases::Calibrate(int64_t took) {
  quickest_ = std::min(quickest_, took);
}

void Phases::Work(int64_t due, int64_t began, int64_t ended) {
  const int64_t took = ended - began;
  Calibrate(took);
  const bool late = began - due >= kLate;
  const bool slow = static_cast<double>(took) >= kSlow * static_cast<double>(quickest_);
  if (open_ && began - open_->end > kApart) Close();
  if (!late && !slow) return;
  if (!open_) open_ = Open{late ? due : began, ended, 0, 0};
  open_->end = ended;
  open_->took += took;
  open_->times++;
}

void Phases::Close() {
  const Open phase = *std::exchange(open_, std::nullopt);
  if (phase.end - phase.begin < kShortest) return;
  const double usual = static_cast<double>(quickest_) * static_cast<double>(phase.times);
  closed_.push_back({phase.begin, phase.end, static_cast<double>(phase.took) / usual});
}

std::vector<Phase> Phases::Take() {
  if (open_) Close();
  return std::exchange(closed_, {});
}
