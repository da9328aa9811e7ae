// Witness: tells when the machine itself was slow (phases.h). A thread on each processor, before
// all others, multiplies for some microseconds every 4 ms, which needs no memory and no system
// call: nothing but the processor can make it slow.
//
//   witness
//
// Commands on standard input: `report`: the phases since the last one. Ends at the end of input.

#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <latch>
#include <mutex>
#include <string>
#include <thread>

#include "command_lines.h"
#include "json_lines.h"
#include "phases.h"
#include "realtime.h"

namespace {

constexpr int64_t kPeriod = 4'000'000;
// A phase that lasts while the witness starts is not taken for the usual speed.
constexpr int kCalibrations = 75;
constexpr int kMultiplications = 3'000;
// Before heartbeats, which may take the processor from the other instruments, and are part of what
// is measured.
constexpr int kPriority = 60;

[[noreturn]] void Fail(const char* what) {
  fprintf(stderr, "witness: %s: %s\n", what, strerror(errno));
  exit(1);
}

void Multiply() {
  uint64_t value = 1;
  for (int i = 0; i < kMultiplications; i++) value = value * 6'364'136'223'846'793'005U + 1;
  asm volatile("" : : "r"(value));
}

// One processor's.
class Watch {
 public:
  explicit Watch(int processor) : processor_(processor) {}

  int processor() const { return processor_; }

  [[noreturn]] void Run(std::latch& calibrated) {
    Settle();
    int64_t due = Now();
    for (int done = 0;; done++) {
      due = std::max(due + kPeriod, Now() - kPeriod);
      const timespec when{due / 1'000'000'000, due % 1'000'000'000};
      clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, nullptr);
      const int64_t began = Now();
      Multiply();
      const int64_t ended = Now();
      const std::lock_guard lock(mutex_);
      if (done < kCalibrations) phases_.Calibrate(ended - began);
      if (done >= kCalibrations) phases_.Work(due, began, ended);
      if (done == kCalibrations) calibrated.count_down();
    }
  }

  std::vector<Phase> Take() {
    const std::lock_guard lock(mutex_);
    return phases_.Take();
  }

 private:
  void Settle() {
    cpu_set_t here;
    CPU_ZERO(&here);
    CPU_SET(static_cast<size_t>(processor_), &here);
    const sched_param parameters{kPriority};
    if (sched_setaffinity(0, sizeof here, &here) != 0) Fail("cannot stay on one processor");
    if (sched_setscheduler(0, SCHED_FIFO, &parameters) != 0) Fail("is not given real time");
  }

  const int processor_;
  std::mutex mutex_;
  Phases phases_;
};

void Report(std::deque<Watch>& watches) {
  std::string phases;
  for (Watch& watch : watches) {
    for (const Phase& phase : watch.Take()) {
      phases += Object(Field("processor", static_cast<uint64_t>(watch.processor())) +
                       Field("beginMs", Milliseconds(phase.begin)) +
                       Field("endMs", Milliseconds(phase.end)) +
                       Field("slowedBy", std::to_string(phase.slowed_by))) +
                ",";
    }
  }
  if (!phases.empty()) phases.pop_back();
  PrintLine(Object(Field("kind", "\"phases\"") + Field("phases", "[" + phases + "]")));
}

}  // namespace

int main() {
  if (mlockall(MCL_CURRENT | MCL_FUTURE) != 0) Fail("cannot lock its memory");
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) Fail("knows no processors");
  std::deque<Watch> watches;
  for (int processor = 0; processor < CPU_SETSIZE; processor++)
    if (CPU_ISSET(static_cast<size_t>(processor), &allowed)) watches.emplace_back(processor);
  std::latch calibrated(static_cast<std::ptrdiff_t>(watches.size()));
  for (Watch& watch : watches) std::thread([&] { watch.Run(calibrated); }).detach();
  calibrated.wait();
  PrintLine("{\"kind\":\"ready\"}");
  CommandLines commands;
  while (commands.Read([&](const std::string& line) {
    if (line == "report") return Report(watches);
    fprintf(stderr, "witness: unknown command: %s\n", line.c_str());
    exit(2);
  })) {
  }
  // The threads go with the process: nothing of theirs may be destroyed before.
  _exit(0);
}
