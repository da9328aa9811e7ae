// The tables and formulas by themselves: replay window, clock, host table, HEARD, published pieces,
// destinations.

#include <vector>

#include "check.h"
#include "clock.h"
#include "destinations.h"
#include "fixture.h"
#include "group_memory.h"
#include "heard.h"
#include "host_table.h"
#include "published.h"
#include "replay_window.h"
#include "report_pace.h"
#include "sequence.h"

namespace raisd::heartbeat {
namespace {

using Place = ReplayWindow::Place;

TEST("R6: the window takes each number once, late ones as well, and none from beyond its width") {
  ReplayWindow window;
  CHECK(window.Find(100) == Place::kNewest);
  window.Note(100);
  CHECK(window.Find(100) == Place::kSeen && window.Find(99) == Place::kLate);
  window.Note(99);
  CHECK(window.Find(99) == Place::kSeen && window.Find(98) == Place::kLate);
  CHECK(window.Find(37) == Place::kLate && window.Find(36) == Place::kOld);
  window.Note(163);
  CHECK(window.Find(100) == Place::kSeen && window.Find(99) == Place::kOld);
  window.Note(1000);
  CHECK(window.Find(163) == Place::kOld && window.Find(999) == Place::kLate);
}

TEST("R7: a window with a floor takes nothing up to it") {
  ReplayWindow window(50);
  CHECK(window.Find(50) == Place::kOld && window.Find(51) == Place::kNewest);
  window.Note(60);
  CHECK(window.Find(50) == Place::kOld && window.Find(51) == Place::kLate);
}

TEST("a kernel stamp becomes a moment of boot time, by its age") {
  const uint64_t second = kNanosecondsASecond;
  const Clocks now = {100 * second, 5000 * second};
  CHECK(ArrivalOf(5000 * second - 3, now, 0) == 100 * second - 3);
  // Not before the queue was last seen empty, whatever a step of the wall clock makes of the age.
  CHECK(ArrivalOf(4000 * second, now, 99 * second) == 99 * second);
  CHECK(ArrivalOf(4000 * second, now, 0) == 0);
  // Wall clock went back, or there is no stamp: as old as it can be.
  CHECK(ArrivalOf(5001 * second, now, 98 * second) == 98 * second);
  CHECK(ArrivalOf(0, now, 98 * second) == 98 * second);
}

TEST("R12: an age is told rounded up, with a millisecond for the way, and ends in unknown") {
  CHECK(HeardAge(0, 5) == kAgeUnknown);
  CHECK(HeardAge(10, 10) == 1 && HeardAge(10, 11) == 2 && HeardAge(10, 10 + kMillisecond) == 2);
  CHECK(HeardAge(10, 11 + kMillisecond) == 3 && HeardAge(11, 10) == 1);
  CHECK(HeardAge(1, 70'000 * kMillisecond) == kAgeUnknown);
}

Host* Prove(HostTable* table, const Id& id, uint64_t at) {
  Host* host = table->Insert(id, at);
  CHECK(host != nullptr);
  host->proved = Run(7, 0);
  host->proved.heard_at = at;
  host->proved.window.Note(9);
  host->permitted_at = at;
  return host;
}

Id NumberedHost(uint32_t number) {
  Id id = HostId(0);
  id[14] = static_cast<uint8_t>(number >> 8);
  id[15] = static_cast<uint8_t>(number);
  return id;
}

TEST("the host table is bounded: a newcomer takes the place of who was silent longest, or none") {
  const auto table = std::make_unique<HostTable>();
  const uint64_t start = kNanosecondsASecond;
  for (uint32_t number = 0; number < kMaxHosts; number++) {
    Prove(table.get(), NumberedHost(number), start + number);
  }
  CHECK(table->Insert(NumberedHost(999), start + kForgetSilent) == nullptr);
  CHECK(table->Find(NumberedHost(0)) != nullptr);
  CHECK(table->Insert(NumberedHost(999), start + 1000 + kForgetSilent) != nullptr);
  CHECK(table->Find(NumberedHost(999)) != nullptr && table->Find(NumberedHost(0)) == nullptr);
  CHECK(table->hosts().size() == kMaxHosts);
}

TEST("R51: who proves nothing is forgotten, and gives way to others first") {
  const auto table = std::make_unique<HostTable>();
  Host* host = Prove(table.get(), HostId(2), 5);
  host->candidate = Run(8, 9);
  host->candidate.heard_at = 5;
  Host* unproved = table->Insert(HostId(3), 5);
  unproved->candidate = Run(8, 0);
  unproved->candidate.heard_at = 5;
  table->ForgetUnproved(5 + kForgetUnproved);
  CHECK(table->hosts().size() == 2);
  table->ForgetUnproved(6 + kForgetUnproved);
  CHECK(table->hosts().size() == 1 && table->Find(HostId(3)) == nullptr);
  CHECK(table->Find(HostId(2))->candidate.incarnation == 0);
  CHECK(table->Find(HostId(2))->proved.incarnation == 7);
}

TEST("R60: a host that is known by others' word alone is kept for as long as they speak of it") {
  const auto table = std::make_unique<HostTable>();
  Host* introduced = table->Insert(HostId(3), 5);
  introduced->relayed_at = 5;
  table->ForgetUnproved(5 + kForgetUnproved);
  CHECK(table->Find(HostId(3)) == introduced);
  introduced->candidate = Run(8, 0);
  introduced->candidate.heard_at = 5;
  introduced->relayed_at = 7;
  table->ForgetUnproved(7 + kForgetUnproved);
  CHECK(table->Find(HostId(3)) == introduced && introduced->candidate.incarnation == 0);
  table->ForgetUnproved(8 + kForgetUnproved);
  CHECK(table->Find(HostId(3)) == nullptr);
}

std::vector<HeardEntry> Entries(HeardRotation* rotation, const HostTable& table, uint64_t now) {
  uint8_t out[kMaxHeardBytes];
  Bytes rest(out, rotation->Write(table, now, out));
  std::vector<HeardEntry> entries;
  for (HeardEntry entry; TakeHeardEntry(&rest, &entry);) entries.push_back(entry);
  return entries;
}

TEST("R52: the lease runs from the beginning of the last heartbeat that left in time") {
  constexpr uint64_t kSpan = 24;
  Beat beat;
  CHECK(beat.RenewLease(kSpan, 100, 101) && beat.permitted_at == 100);
  beat.EndLease(kSpan, 123);
  CHECK(!beat.is_lapsed && beat.RenewLease(kSpan, 123, 123) && beat.permitted_at == 123);
  // Held up on its way, which nobody sees who looks at when it was begun and when the next one is.
  CHECK(!beat.RenewLease(kSpan, 133, 154) && beat.is_lapsed && beat.lapses == 1);
  CHECK(!beat.RenewLease(kSpan, 154, 154) && beat.permitted_at == 0 && beat.lapses == 1);
  // Control has opened it: the next lease begins.
  beat.is_lapsed = false;
  CHECK(beat.RenewLease(kSpan, 200, 300) && beat.permitted_at == 200);
  beat.EndLease(kSpan, 224);
  CHECK(beat.is_lapsed && beat.lapses == 2);
}

constexpr uint64_t kMillisecond = kNanosecondsAMillisecond;

/** At 20 / 100 ms, ages of the two other hosts and now in milliseconds. */
struct PacedTable {
  PacedTable() : table(std::make_unique<HostTable>()) {
    for (const uint8_t last : {uint8_t{2}, uint8_t{3}}) table->Insert(HostId(last), 1);
  }
  void Hear(uint8_t last, uint64_t at) {
    table->Find(HostId(last))->permitted_at = at * kMillisecond;
  }
  bool MayWait(uint64_t now) const {
    return pace.MayWait(*table, now * kMillisecond, kInterval, kDoubt);
  }
  void Tell(uint64_t now) { pace.NoteTold(*table, now * kMillisecond, kInterval, kDoubt); }

  static constexpr uint64_t kInterval = 20 * kMillisecond;
  static constexpr uint64_t kDoubt = 66 * kMillisecond;
  std::unique_ptr<HostTable> table;
  ReportPace pace;
};

TEST(
    "control hears of every second heartbeat while all is well, and before it could doubt a host") {
  PacedTable group;
  CHECK(!group.MayWait(1000));
  group.Hear(2, 995);
  group.Hear(3, 985);
  group.Tell(1000);
  group.Hear(2, 1015);
  group.Hear(3, 1005);
  CHECK(group.MayWait(1020));
  group.Hear(2, 1035);
  group.Hear(3, 1025);
  // It knows of host 3 as of 985 and doubts it from 1051 on; the next heartbeat is at 1060.
  CHECK(!group.MayWait(1040));
}

TEST("control hears of each heartbeat while a host is late, until it has judged it") {
  PacedTable group;
  group.Hear(2, 995);
  group.Hear(3, 985);
  group.Tell(1000);
  group.Hear(2, 1015);
  CHECK(!group.MayWait(1020));
  group.Tell(1020);
  for (uint64_t now = 1040; now <= 1180; now += 20) {
    group.Hear(2, now - 5);
    CHECK(!group.MayWait(now));
    group.Tell(now);
  }
  group.Hear(2, 1195);
  group.Tell(1200);
  group.Hear(2, 1215);
  CHECK(group.MayWait(1220));
  // It is heard again.
  group.Hear(3, 1219);
  CHECK(!group.MayWait(1220));
}

TEST("R61: where doubt begins within two heartbeats, or nobody says when, control hears of each") {
  PacedTable group;
  group.Hear(2, 1000);
  group.Hear(3, 1000);
  group.Tell(1000);
  CHECK(!group.pace.MayWait(*group.table, 1020 * kMillisecond, PacedTable::kInterval,
                            2 * PacedTable::kInterval));
  CHECK(!group.pace.MayWait(*group.table, 1020 * kMillisecond, PacedTable::kInterval, 0));
}

TEST("R12: where not all hosts fit into HEARD they take turns, and each gets its turn") {
  const auto table = std::make_unique<HostTable>();
  for (uint32_t number = 0; number < 60; number++) Prove(table.get(), NumberedHost(number), 5);
  HeardRotation rotation;
  std::vector<int> named(60);
  for (int frame = 0; frame < 5; frame++) {
    const auto entries = Entries(&rotation, *table, 6);
    CHECK(entries.size() == 24);
    for (const HeardEntry& entry : entries) named[entry.host[15]]++;
  }
  for (const int times : named) CHECK(times == 2);
}

TEST("R51: runs that wait for an echo are named first, without an age") {
  const auto table = std::make_unique<HostTable>();
  for (uint32_t number = 0; number < 40; number++) Prove(table.get(), NumberedHost(number), 5);
  Host* host = table->Find(NumberedHost(39));
  host->candidate = Run(0xabcdef0123456789, 9);
  host->candidate.window.Note(50);
  HeardRotation rotation;
  for (int frame = 0; frame < 3; frame++) {
    const HeardEntry first = Entries(&rotation, *table, 6)[0];
    CHECK(first.host == NumberedHost(39) && first.age == kAgeUnknown);
    CHECK(first.incarnation_low == 0x23456789 && first.sequence == 50);
  }
}

TEST("R51: an echo of an old number of this very run proves nothing") {
  EchoFloor floor;
  CHECK(floor.Accepts(1) && !floor.Accepts(0));
  floor.Tick(1'000, 100, 10);
  CHECK(floor.Accepts(1));
  CHECK(!floor.Tick(1'050, 100, 15));
  floor.Tick(1'100, 100, 20);
  CHECK(!floor.Accepts(9) && floor.Accepts(10));
  floor.Tick(1'200, 100, 30);
  CHECK(!floor.Accepts(19) && floor.Accepts(20));
}

TEST("a published snapshot goes round in pieces, for ever") {
  const auto published = std::make_unique<Published>();
  std::vector<uint8_t> snapshot(2 * kMaxPieceBytes + 1, 0xaa);
  Header state;
  state.info_version = 3;
  CHECK(published->Replace(state, snapshot, 1000));
  CHECK(published->pieces() == 3);
  for (uint16_t turn = 0; turn < 7; turn++) {
    // Control says the same again: its turn goes on.
    CHECK(!published->Replace(state, snapshot, 1000));
    uint8_t frame[kMaxFrameBytes];
    FrameWriter writer(frame, ForgedPeer(2).header);
    published->AddNextPiece(1001, &writer);
    std::vector<uint8_t> whole(frame, frame + writer.Finish().size() + kMacBytes);
    Body body;
    CHECK(ParseBody(whole, ForgedPeer(2).header, &body));
    CHECK(body.piece_header.index == turn % 3 && body.piece_header.count == 3);
    CHECK(body.piece_header.version == 3 && body.piece_header.age == 1);
    CHECK(body.piece.size() - kPieceHeaderBytes == (turn % 3 == 2 ? 1 : kMaxPieceBytes));
  }
  CHECK(published->Replace(state, {}, 1000) && published->pieces() == 0);
}

TEST("R60: destinations are seeds and learned peers, each once, on its own interface") {
  const auto destinations = std::make_unique<Destinations>();
  const auto seeds = std::make_unique<DestinationList>();
  seeds->Add({0, HostId(2)});
  seeds->Add({1, HostId(2)});
  seeds->Add({0, HostId(2)});
  destinations->UseUnicast(*seeds, 5405);
  const auto count = [&](uint8_t interface) {
    size_t found = 0;
    destinations->ForEach(interface, [&](const Id&) { found++; });
    return found;
  };
  CHECK(count(0) == 1 && count(1) == 1 && count(2) == 0);
  const auto learned = std::make_unique<DestinationList>();
  learned->Add({0, HostId(2)});
  learned->Add({0, HostId(3)});
  destinations->SetLearned(*learned);
  CHECK(count(0) == 2 && count(1) == 1);
  learned->Clear();
  destinations->SetLearned(*learned);
  CHECK(count(0) == 1);
  for (size_t number = 0; number < kMaxDestinations + 5; number++) {
    learned->Add({0, NumberedHost(static_cast<uint32_t>(number))});
  }
  CHECK(learned->all().size() == kMaxDestinations);
}

/** Which of these addresses an interface sends to, with repetitions. */
std::vector<Id> SentTo(const Destinations& destinations, uint8_t interface) {
  std::vector<Id> all;
  destinations.ForEach(interface, [&](const Id& id) { all.push_back(id); });
  return all;
}

constexpr uint64_t kInterval = 100 * kMillisecond;

TEST("R60: who speaks to us and is no destination is one until a second after its last frame") {
  const auto destinations = std::make_unique<Destinations>();
  const auto seeds = std::make_unique<DestinationList>();
  seeds->Add({0, HostId(2)});
  destinations->UseUnicast(*seeds, 5405);
  const uint64_t start = 100 * kNanosecondsASecond;
  destinations->Hear({0, HostId(2)}, start);
  CHECK(SentTo(*destinations, 0) == std::vector<Id>{HostId(2)});
  destinations->Hear({1, HostId(3)}, start);
  destinations->Hear({1, HostId(3)}, start + 5);
  destinations->Hear({1, HostId(3)}, start + 4);
  CHECK(SentTo(*destinations, 1) == std::vector<Id>{HostId(3)});
  CHECK(SentTo(*destinations, 0).size() == 1);
  destinations->Tick(start + 5 + kNanosecondsASecond, kInterval);
  CHECK(SentTo(*destinations, 1).size() == 1);
  destinations->Tick(start + 6 + kNanosecondsASecond, kInterval);
  CHECK(SentTo(*destinations, 1).empty() && SentTo(*destinations, 0).size() == 1);
}

TEST("R60: where heartbeats are rare, an address outlives its last frame by several of them") {
  const auto destinations = std::make_unique<Destinations>();
  destinations->UseUnicast({}, 5405);
  const uint64_t rare = 10 * kNanosecondsASecond;
  const uint64_t start = 100 * kNanosecondsASecond;
  destinations->Hear({0, HostId(3)}, start);
  destinations->Tick(start + 4 * rare, rare);
  CHECK(SentTo(*destinations, 0).size() == 1);
  destinations->Tick(start + 4 * rare + 1, rare);
  CHECK(SentTo(*destinations, 0).empty());
}

TEST("R60: a provisional destination gives up its place when it becomes a learned one or a seed") {
  const auto destinations = std::make_unique<Destinations>();
  const auto list = std::make_unique<DestinationList>();
  destinations->UseUnicast(*list, 5405);
  destinations->Hear({0, HostId(3)}, 5);
  destinations->Hear({0, HostId(4)}, 5);
  list->Add({0, HostId(3)});
  destinations->SetLearned(*list);
  CHECK(SentTo(*destinations, 0) == (std::vector<Id>{HostId(3), HostId(4)}));
  list->Clear();
  list->Add({0, HostId(4)});
  destinations->UseUnicast(*list, 5405);
  CHECK(SentTo(*destinations, 0) == (std::vector<Id>{HostId(3), HostId(4)}));
  destinations->SetLearned(*list);
  CHECK(SentTo(*destinations, 0) == std::vector<Id>{HostId(4)});
}

TEST("R60: provisional destinations are bounded: at the bound a newcomer waits for a place") {
  const auto destinations = std::make_unique<Destinations>();
  destinations->UseUnicast({}, 5405);
  for (uint32_t number = 0; number < kMaxProvisional; number++) {
    destinations->Hear({0, NumberedHost(number)}, 5 + number);
  }
  destinations->Hear({0, NumberedHost(999)}, kMillisecond);
  CHECK(SentTo(*destinations, 0).size() == kMaxProvisional);
  destinations->Tick(6 + kNanosecondsASecond, kInterval);
  CHECK(SentTo(*destinations, 0).size() == kMaxProvisional - 1);
  destinations->Hear({0, NumberedHost(999)}, kMillisecond);
  CHECK(SentTo(*destinations, 0).back() == NumberedHost(999));
}

TEST("R60: under multicast nobody is sent to because of what it sends") {
  const auto destinations = std::make_unique<Destinations>();
  destinations->UseUnicast({}, 5405);
  destinations->Hear({0, HostId(3)}, 5);
  destinations->UseMulticast(HostId(99), 5405);
  destinations->Hear({0, HostId(4)}, 5);
  CHECK(SentTo(*destinations, 0) == std::vector<Id>{HostId(99)});
  destinations->UseUnicast({}, 5405);
  CHECK(SentTo(*destinations, 0).empty());
}

TEST("R7: the sequence number only ascends, and is not led to its end") {
  std::atomic<uint64_t> last = 100;
  Sequence sequence(&last);
  CHECK(sequence.Next() == 101);
  sequence.RaiseAbove(50);
  CHECK(sequence.Next() == 102);
  sequence.RaiseAbove(500);
  CHECK(sequence.Next() == 501);
  sequence.RaiseAbove(kMaxSequence + 1);
  CHECK(sequence.Next() == 502);
}

}  // namespace
}  // namespace raisd::heartbeat
