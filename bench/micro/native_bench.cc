// native_bench CASE ROUNDS: what the heartbeat thread does for one frame, over and over. Prints one
// JSON object: rounds, nanoseconds and calls of operator new, of the measured part alone. That part
// is the function Measured, so that callgrind can be told to count its instructions alone
// (--toggle-collect=Measured).

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <new>
#include <string_view>
#include <vector>

#include "clock.h"
#include "fixture.h"
#include "frame.h"
#include "group.h"
#include "limits.h"

static uint64_t allocations = 0;

void* operator new(size_t size) {
  allocations++;
  void* memory = malloc(size);
  if (memory == nullptr) abort();
  return memory;
}
void operator delete(void* memory) noexcept {
  free(memory);
}
void operator delete(void* memory, size_t) noexcept {
  free(memory);
}

extern "C" __attribute__((noinline)) void Measured(const std::function<void(size_t)>& once,
                                                   size_t rounds) {
  for (size_t round = 0; round < rounds; round++) once(round);
}

namespace raisd::heartbeat {
namespace {

constexpr uint64_t kIncarnation = 0xfedcba9876543210;
constexpr uint64_t kStart = 1'000'000 * kMillisecond;
constexpr size_t kPeers = 200;
constexpr uint8_t kFirstPeer = 20;
constexpr size_t kHeard = 24;

/** Host 1 of a group of 201 hosts that hear each other. */
class Farm {
 public:
  Farm() : group_(Identity{HostId(1), kIncarnation}, kTag, Keys({"key"})) {
    group_.Inherit(&memory_);
    for (size_t i = 0; i < kPeers; i++) {
      peers_.emplace_back(static_cast<uint8_t>(kFirstPeer + i));
      peers_.back().Hears(HostId(1), kIncarnation, 5);
      for (size_t other = 1; other < kHeard; other++) {
        const auto last = static_cast<uint8_t>(kFirstPeer + (i + other) % kPeers);
        peers_.back().Hears(HostId(last), 0x1111111100000000 + last, 1000, 3);
      }
    }
    // Twice: the first frame proves a host, the second is one of a member.
    for (int time = 0; time < 2; time++)
      for (ForgedPeer& peer : peers_) Take(peer.Next());
  }

  Reason Take(const std::vector<uint8_t>& frame, uint8_t interface = 0) {
    group_.Receive(frame, {interface, now_, 255, false, HostId(200)}, &reception_);
    return reception_.reason;
  }

  std::vector<std::vector<uint8_t>> Frames(size_t count) {
    std::vector<std::vector<uint8_t>> frames;
    for (size_t i = 0; i < count; i++) frames.push_back(peers_[i % kPeers].Next());
    return frames;
  }

  void Compose(uint64_t sequence) {
    uint8_t frame[kMaxFrameBytes];
    if (group_.ComposeHeartbeat(now_, true, sequence, frame).empty()) abort();
  }

  void Tick(uint64_t sequence) { group_.Tick(now_, 10 * kMillisecond, sequence); }

 private:
  uint64_t now_ = kStart;
  GroupMemory memory_;
  Group group_;
  std::vector<ForgedPeer> peers_;
  Reception reception_;
};

void Run(const std::function<void(size_t)>& once, size_t rounds) {
  once(0);
  const uint64_t before = allocations;
  const uint64_t begin = BootNow();
  Measured(once, rounds);
  const uint64_t end = BootNow();
  printf("{\"rounds\":%zu,\"ns\":%llu,\"allocations\":%llu}\n", rounds,
         static_cast<unsigned long long>(end - begin),
         static_cast<unsigned long long>(allocations - before));
}

void MustBe(Reason wanted, Reason found) {
  if (wanted != found) abort();
}

int RunCase(std::string_view name, size_t rounds) {
  Farm farm;
  if (name == "receive") {
    const auto frames = farm.Frames(rounds + 1);
    size_t next = 0;
    Run([&](size_t) { MustBe(Reason::kAccepted, farm.Take(frames[next++])); }, rounds);
  } else if (name == "receive-copy") {
    const auto frames = farm.Frames(rounds + 1);
    for (const auto& frame : frames) MustBe(Reason::kAccepted, farm.Take(frame));
    // Of each host the newest frame alone is a copy; older ones are replays, which cost the same.
    size_t next = 0;
    Run([&](size_t) { farm.Take(frames[next++], 1); }, rounds);
  } else if (name == "compose") {
    Run([&](size_t round) { farm.Compose(5000 + round); }, rounds);
  } else if (name == "tick") {
    Run([&](size_t round) { farm.Tick(5000 + round); }, rounds);
  } else {
    fprintf(stderr, "native_bench: no case %.*s\n", static_cast<int>(name.size()), name.data());
    return 2;
  }
  return 0;
}

}  // namespace
}  // namespace raisd::heartbeat

int main(int argc, char** argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: native_bench CASE ROUNDS\n");
    return 2;
  }
  return raisd::heartbeat::RunCase(argv[1], strtoul(argv[2], nullptr, 10));
}
