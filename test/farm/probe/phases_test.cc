// The definitions of phases.h, each with times that are known exactly.

#include "phases.h"

#include "check.h"

namespace {

constexpr int64_t kMs = 1'000'000;
constexpr int64_t kUs = 1'000;
constexpr int64_t kPeriod = 4 * kMs;

struct Fixture {
  Phases phases;
  int64_t due = 0;

  Fixture() { phases.Calibrate(5 * kUs); }

  // Does the work so many times, each of which takes so long and begins so late.
  void Work(int times, int64_t took, int64_t late = 0) {
    for (int i = 0; i < times; i++) {
      due += kPeriod;
      phases.Work(due, due + late, due + late + took);
    }
  }
};

void QuickIsNoPhase() {
  Fixture f;
  f.Work(100, 5 * kUs);
  f.Work(100, 14 * kUs);
  CHECK(f.phases.Take().empty());
}

void SlowIsAPhaseFromItsFirstToItsLast() {
  Fixture f;
  f.Work(5, 5 * kUs);
  f.Work(10, 30 * kUs);
  f.Work(5, 5 * kUs);
  const std::vector<Phase> found = f.phases.Take();
  CHECK(found.size() == 1);
  CHECK(found[0].begin == 6 * kPeriod && found[0].end == 15 * kPeriod + 30 * kUs);
  CHECK(found[0].slowed_by > 5.9 && found[0].slowed_by < 6.1);
  CHECK(f.phases.Take().empty());
}

void OneInterruptIsNone() {
  Fixture f;
  f.Work(5, 5 * kUs);
  f.Work(1, 60 * kUs);
  f.Work(20, 5 * kUs);
  CHECK(f.phases.Take().empty());
}

void TwoThatLieApartAreTwo() {
  Fixture f;
  f.Work(3, 30 * kUs);
  f.Work(1, 5 * kUs);
  f.Work(3, 30 * kUs);
  f.Work(3, 5 * kUs);
  f.Work(3, 30 * kUs);
  const std::vector<Phase> found = f.phases.Take();
  CHECK(found.size() == 2);
  CHECK(found[0].begin == kPeriod && found[0].end == 7 * kPeriod + 30 * kUs);
  CHECK(found[1].begin == 11 * kPeriod);
}

void WhoBeginsLateHadNoProcessor() {
  Fixture f;
  f.Work(5, 5 * kUs);
  f.Work(1, 5 * kUs, 20 * kMs);
  f.Work(20, 5 * kUs);
  const std::vector<Phase> found = f.phases.Take();
  CHECK(found.size() == 1);
  CHECK(found[0].begin == 6 * kPeriod && found[0].end == 6 * kPeriod + 20 * kMs + 5 * kUs);
}

void WhatGoesOnIsToldAsFarAsItWent() {
  Fixture f;
  f.Work(5, 30 * kUs);
  CHECK(f.phases.Take().size() == 1);
  f.Work(5, 30 * kUs);
  CHECK(f.phases.Take().size() == 1);
}

}  // namespace

int main() {
  QuickIsNoPhase();
  SlowIsAPhaseFromItsFirstToItsLast();
  OneInterruptIsNone();
  TwoThatLieApartAreTwo();
  WhoBeginsLateHadNoProcessor();
  WhatGoesOnIsToldAsFarAsItWent();
  puts("ok");
}
