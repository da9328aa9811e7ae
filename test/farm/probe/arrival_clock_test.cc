// When packets came, with clocks that are known exactly.

#include "arrival_clock.h"

#include "check.h"

namespace {

constexpr int64_t kUs = 1'000;
constexpr int64_t kMs = 1'000'000;
constexpr int64_t kWall = 1'700'000'000'000 * kMs;  // what the wall clock shows at the start
constexpr int64_t kHour = 3'600'000 * kMs;

// A machine whose wall clock can be stepped. Times are milliseconds after its start.
struct Machine {
  ArrivalClock clock;
  int64_t stepped = 0;

  int64_t Stamp(int64_t at) const { return kWall + at + stepped; }
  // The wall clock is read in the middle of so long.
  void Read(int64_t at, int64_t takes = 0) {
    clock.Note(at - takes / 2, Stamp(at), at + takes / 2);
  }
};

void AStampIsConverted() {
  Machine machine;
  machine.Read(10 * kMs);
  CHECK(machine.clock.ArrivedAt(machine.Stamp(9 * kMs)) == 9 * kMs);
}

void AReadingThatTookLongIsWorthNoLessThanTheOthers() {
  Machine machine;
  machine.Read(10 * kMs, 2 * kUs);
  // Held up for 8 ms right after it read the wall clock.
  machine.clock.Note(20 * kMs, machine.Stamp(20 * kMs), 28 * kMs);
  const int64_t at = machine.clock.ArrivedAt(machine.Stamp(19 * kMs));
  CHECK(at >= 19 * kMs - kUs && at <= 19 * kMs + kUs);
}

void ReadingsNarrowWhatIsKnown() {
  Machine machine;
  machine.clock.Note(0, machine.Stamp(0), 8 * kMs);
  machine.clock.Note(12 * kMs, machine.Stamp(20 * kMs), 20 * kMs);
  CHECK(machine.clock.ArrivedAt(machine.Stamp(19 * kMs)) == 19 * kMs);
}

void AStepSpoilsNoPacketOfItsBatch(int64_t step) {
  Machine machine;
  machine.Read(10 * kMs, 2 * kUs);
  const int64_t before = machine.Stamp(10 * kMs + 300 * kUs);
  machine.stepped = step;
  const int64_t after = machine.Stamp(10 * kMs + 700 * kUs);
  machine.Read(11 * kMs, 2 * kUs);
  CHECK(machine.clock.ArrivedAt(before) == 10 * kMs + 300 * kUs);
  CHECK(machine.clock.ArrivedAt(after) == 10 * kMs + 700 * kUs);
  machine.Read(12 * kMs, 2 * kUs);
  CHECK(machine.clock.ArrivedAt(machine.Stamp(11 * kMs)) == 11 * kMs);
}

void ASmallStepIsWrongByNoMoreThanThePacketWaited() {
  for (const int64_t step : {-200 * kUs, 200 * kUs}) {
    Machine machine;
    machine.Read(10 * kMs, 2 * kUs);
    const int64_t before = machine.Stamp(10 * kMs + 300 * kUs);
    machine.stepped = step;
    machine.Read(11 * kMs, 2 * kUs);
    const int64_t at = machine.clock.ArrivedAt(before);
    CHECK(at >= 10 * kMs + 300 * kUs && at <= 11 * kMs + kUs);
  }
}

void NothingComesInTheFuture() {
  Machine machine;
  machine.Read(10 * kMs, 2 * kUs);
  CHECK(machine.clock.ArrivedAt(machine.Stamp(12 * kMs)) == 10 * kMs + kUs);
}

void TheClocksOfThisMachineAgree() {
  ArrivalClock clock;
  const int64_t before = Now();
  const int64_t stamp = ClockNow(CLOCK_REALTIME);
  const int64_t after = Now();
  clock.Read();
  const int64_t at = clock.ArrivedAt(stamp);
  const int64_t most = Now() - before;  // as long as this took, or the clocks' reading in it
  CHECK(at >= before - most && at <= after + most);
}

}  // namespace

int main() {
  AStampIsConverted();
  AReadingThatTookLongIsWorthNoLessThanTheOthers();
  ReadingsNarrowWhatIsKnown();
  for (const int64_t step : {-kHour, -2 * kMs, 2 * kMs, kHour}) AStepSpoilsNoPacketOfItsBatch(step);
  ASmallStepIsWrongByNoMoreThanThePacketWaited();
  NothingComesInTheFuture();
  TheClocksOfThisMachineAgree();
  puts("arrival clock: ok");
}
