// When a processor was slow. A virtual machine's clock may fall to a sixth of its speed for a tenth
// of a second, or its host may give a processor to somebody else: what was measured then says as
// much about the machine as about what was measured.
//
// Somebody who is before all others does the same short work again and again, and tells here how
// long it took, and how long after it was due it began. All times are nanoseconds of
// CLOCK_MONOTONIC.

#ifndef RAISD_TEST_FARM_PROBE_PHASES_H_
#define RAISD_TEST_FARM_PROBE_PHASES_H_

#include <cstdint>
#include <optional>
#include <vector>

struct Phase {
  int64_t begin;
  int64_t end;
  // How many times as long as usual the work took, on average.
  double slowed_by;
};

// Of one processor.
class Phases {
 public:
  // So many times as long as the quickest: slow.
  static constexpr double kSlow = 3;
  // Who begins so late had no processor, although nobody was before it.
  static constexpr int64_t kLate = 4'000'000;
  // Slow again within this: the same phase. Longer than two periods of the work.
  static constexpr int64_t kApart = 10'000'000;
  // A shorter one is an interrupt.
  static constexpr int64_t kShortest = 5'000'000;

  // Learns only how long the work takes at best.
  void Calibrate(int64_t took);
  void Work(int64_t due, int64_t began, int64_t ended);
  // What has been found since the last call, also what goes on still.
  std::vector<Phase> Take();

 private:
  struct Open {
    int64_t begin;
    int64_t end;
    int64_t took;
    int64_t times;
  };

  void Close();

  int64_t quickest_ = INT64_MAX;
  std::optional<Open> open_;
  std::vector<Phase> closed_;
};

#endif  // RAISD_TEST_FARM_PROBE_PHASES_H_
