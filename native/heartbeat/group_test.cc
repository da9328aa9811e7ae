// What a group makes of received frames: R6, R7, R8, R12 and R51, without sockets and clocks.

#include "group.h"

#include <vector>

#include "check.h"
#include "fixture.h"

namespace raisd::heartbeat {
namespace {

constexpr uint64_t kIncarnation = 0xfedcba9876543210;
constexpr uint64_t kStart = 1'000'000 * kMillisecond;

/** Host 1, and a clock. */
class Receiver {
 public:
  explicit Receiver(std::initializer_list<std::string_view> keys = {"key"})
      : group(std::make_unique<Group>(Identity{HostId(1), kIncarnation}, kTag, Keys(keys))) {
    group->Inherit(&memory);
  }

  Reason Take(const std::vector<uint8_t>& datagram, uint8_t interface = 0, int ttl = 255) {
    bytes = datagram;
    group->Receive(bytes, {interface, now, ttl, false, HostId(200)}, &last);
    return last.reason;
  }
  /** Tells the sender that we hear it, as its next frames will say. */
  Reason TakeEchoed(ForgedPeer* peer, uint8_t interface = 0) {
    peer->heard.clear();
    peer->Hears(HostId(1), kIncarnation, 5);
    return Take(peer->Next(), interface);
  }
  const Host& Of(uint8_t host) { return *group->hosts().Find(HostId(host)); }
  uint64_t Count(Reason reason) { return group->counters().Get(reason); }

  uint64_t now = kStart;
  GroupMemory memory;
  std::unique_ptr<Group> group;
  std::vector<uint8_t> bytes;
  Reception last;
};

TEST("R6: a copy over a second interface is dropped, and shows that the interface carries") {
  Receiver receiver;
  ForgedPeer peer(2);
  receiver.TakeEchoed(&peer);
  const auto frame = peer.Next();
  CHECK(receiver.Take(frame, 0) == Reason::kAccepted);
  receiver.now += 5;
  CHECK(receiver.Take(frame, 1) == Reason::kDuplicate);
  CHECK(receiver.Of(2).heard_at[1] == receiver.now && receiver.Of(2).permitted_at == kStart);
  CHECK(receiver.Take(frame, 1) == Reason::kReplay && receiver.Take(frame, 0) == Reason::kReplay);
  CHECK(receiver.Count(Reason::kReplay) == 2 && receiver.Count(Reason::kDuplicate) == 1);
}

TEST("R6: a frame that was overtaken counts once, and does not take flags back") {
  Receiver receiver;
  ForgedPeer peer(2);
  receiver.TakeEchoed(&peer);
  const auto late = peer.Next();
  peer.header.flags = kPermit | kLeaving;
  CHECK(receiver.Take(peer.Next()) == Reason::kAccepted && receiver.last.changed);
  CHECK(receiver.Take(late) == Reason::kAccepted && !receiver.last.changed);
  CHECK(receiver.Of(2).flags == (kPermit | kLeaving));
  CHECK(receiver.Take(late) == Reason::kReplay);
}

TEST("R51: nothing of a host counts before it has named this incarnation") {
  Receiver receiver;
  ForgedPeer peer(2);
  peer.piece = {1, 0, 1, 0};
  CHECK(receiver.Take(peer.Next()) == Reason::kNotEchoed);
  CHECK(!receiver.last.deliver && !receiver.last.changed);
  CHECK(receiver.Of(2).proved.incarnation == 0 && receiver.Of(2).permitted_at == 0);
  CHECK(receiver.Of(2).heard_at[0] == 0);
  peer.Hears(HostId(1), kIncarnation + 1, 5);
  CHECK(receiver.Take(peer.Next()) == Reason::kNotEchoed);
  CHECK(receiver.TakeEchoed(&peer) == Reason::kAccepted);
  CHECK(receiver.last.changed && receiver.last.deliver);
  CHECK(receiver.Of(2).permitted_at == kStart && receiver.Of(2).flags == kPermit);
  // Once is enough.
  peer.heard.clear();
  CHECK(receiver.Take(peer.Next()) == Reason::kAccepted);
}

TEST("R26: a frame that was overtaken by a newer one proves no life when it comes") {
  Receiver receiver;
  ForgedPeer peer(2);
  receiver.TakeEchoed(&peer);
  const auto overtaken = peer.Next();
  CHECK(receiver.Take(peer.Next()) == Reason::kAccepted);
  const uint64_t before = receiver.now;
  CHECK(receiver.Of(2).permitted_at == before);
  receiver.now += 100 * kMillisecond;
  CHECK(receiver.Take(overtaken) == Reason::kAccepted);
  CHECK(receiver.Of(2).permitted_at == before && receiver.Of(2).heard_at[0] == receiver.now);
}

TEST("R51: recordings of an earlier run change nothing of the run that lives") {
  Receiver receiver;
  ForgedPeer earlier(2);
  earlier.header.incarnation = 99;
  earlier.header.flags = kLeaving;
  earlier.header.sequence = 500;
  const auto below = earlier.Next();
  earlier.header.sequence = 5000;
  const auto above = earlier.Next();
  ForgedPeer peer(2);
  receiver.TakeEchoed(&peer);
  CHECK(receiver.Take(below) == Reason::kReplay);
  CHECK(receiver.Take(above) == Reason::kNotEchoed);
  CHECK(receiver.Take(above) == Reason::kReplay && receiver.Take(above, 1) == Reason::kDuplicate);
  CHECK(receiver.Of(2).proved.incarnation == peer.header.incarnation);
  CHECK(receiver.Of(2).flags == kPermit && receiver.Of(2).heard_at[1] == 0);
  receiver.now += 1;
  CHECK(receiver.Take(peer.Next()) == Reason::kAccepted);
  CHECK(receiver.Of(2).permitted_at == receiver.now);
}

TEST("R51: not even a recording that names this incarnation proves that its sender lives") {
  Receiver receiver;
  ForgedPeer peer(2);
  peer.Hears(HostId(1), kIncarnation, 20);
  const auto recording = peer.Next();
  const uint64_t interval = 20 * kMillisecond;
  for (uint64_t sequence = 20; sequence < 200; sequence++) {
    receiver.now += interval;
    receiver.group->Tick(receiver.now, interval, sequence);
  }
  CHECK(receiver.Take(recording) == Reason::kNotEchoed);
  peer.heard.clear();
  peer.Hears(HostId(1), kIncarnation, 199);
  CHECK(receiver.Take(peer.Next()) == Reason::kAccepted);
}

TEST("R60, R51: the newest frame of a run is told apart from copies, late ones and recordings") {
  Receiver receiver;
  ForgedPeer peer(2);
  const auto first = peer.Next();
  const auto late = peer.Next();
  // Not echoed: its sender may never have heard of us.
  CHECK(receiver.Take(first) == Reason::kNotEchoed && receiver.last.is_newest);
  CHECK(receiver.Take(first) == Reason::kReplay && !receiver.last.is_newest);
  CHECK(receiver.Take(first, 1) == Reason::kDuplicate && !receiver.last.is_newest);
  CHECK(receiver.TakeEchoed(&peer) == Reason::kAccepted && receiver.last.is_newest);
  CHECK(receiver.Take(late) == Reason::kAccepted && !receiver.last.is_newest);
  const auto proved = peer.Next();
  CHECK(receiver.Take(proved) == Reason::kAccepted && receiver.last.is_newest);
  CHECK(receiver.Take(proved) == Reason::kReplay && !receiver.last.is_newest);
  CHECK(receiver.Take(ForgedPeer(3, "another key").Next()) == Reason::kMac);
  CHECK(!receiver.last.is_newest);
}

TEST(
    "R7: a run that begins below what was seen of its host is told so, and refused until it is "
    "above") {
  Receiver receiver;
  ForgedPeer peer(2);
  receiver.TakeEchoed(&peer);
  ForgedPeer restarted(2);
  restarted.header.incarnation = 77;
  restarted.header.sequence = 10;
  CHECK(receiver.Take(restarted.Next()) == Reason::kReplay);
  uint8_t frame[kMaxFrameBytes];
  const Bytes told = receiver.group->ComposeHeartbeat(receiver.now, true, 6, frame);
  Header header;
  Body body;
  CHECK(ParseHeader(told, &header) == Reason::kAccepted && ParseBody(told, header, &body));
  CHECK(FindOurselves(body.heard, HostId(2), 77).newest == 1000);
  CHECK(FindOurselves(body.heard, HostId(2), 77).echoed == 0);
  restarted.header.sequence = 1001;
  CHECK(receiver.TakeEchoed(&restarted) == Reason::kAccepted);
}

TEST("R7: what any member has seen of us, of whatever run, is told to the sequence number") {
  Receiver receiver;
  ForgedPeer peer(2);
  peer.Hears(HostId(1), 1, 123'456);
  CHECK(receiver.Take(peer.Next()) == Reason::kNotEchoed);
  CHECK(receiver.last.seen_of_us == 123'456);
  peer.heard.clear();
  peer.Hears(HostId(1), 1, kMaxSequence + 1);
  receiver.Take(peer.Next());
  CHECK(receiver.last.seen_of_us == 0);
}

TEST(
    "a host that starts anew keeps its moments until the new run is proved, then the run changes") {
  Receiver receiver;
  ForgedPeer peer(2);
  receiver.TakeEchoed(&peer);
  ForgedPeer restarted(2);
  restarted.header.incarnation = 77;
  restarted.header.sequence = 2000;
  receiver.now += 10;
  CHECK(receiver.Take(restarted.Next()) == Reason::kNotEchoed);
  CHECK(receiver.Of(2).permitted_at == kStart);
  CHECK(receiver.TakeEchoed(&restarted) == Reason::kAccepted && receiver.last.changed);
  CHECK(receiver.Of(2).proved.incarnation == 77 && receiver.Of(2).permitted_at == receiver.now);
  CHECK(receiver.Take(peer.Next()) == Reason::kReplay);
}

TEST("R8: an unknown type is discarded, and leaves no trace of its sequence number") {
  Receiver receiver;
  ForgedPeer peer(2);
  receiver.TakeEchoed(&peer);
  peer.header.type = 9;
  CHECK(receiver.Take(peer.Next()) == Reason::kUnknownType);
  peer.header.type = kInformation;
  peer.header.sequence--;
  CHECK(receiver.Take(peer.Next()) == Reason::kAccepted);
}

TEST("R51: wrong keys, groups, TTLs and lengths are refused, each counted by its reason") {
  Receiver receiver({"key", "older key"});
  CHECK(receiver.Take(ForgedPeer(2, "another key").Next()) == Reason::kMac);
  CHECK(receiver.last.conflict == Conflict::kMac);
  CHECK(receiver.Take(ForgedPeer(2, "older key").Next()) == Reason::kNotEchoed);
  ForgedPeer foreign(3);
  foreign.header.tag = kTag + 1;
  CHECK(receiver.Take(foreign.Next()) == Reason::kGroup);
  CHECK(receiver.Take(ForgedPeer(4).Next(), 0, 254) == Reason::kTtl);
  CHECK(receiver.Take(ForgedPeer(4).Next(), 0, -1) == Reason::kTtl);
  CHECK(receiver.Take({1, 2, 3}) == Reason::kTruncated);
  CHECK(receiver.Take(std::vector<uint8_t>(kMaxFrameBytes + 1)) == Reason::kOversized);
  CHECK(receiver.group->hosts().hosts().size() == 1);
}

TEST(
    "R51: our own frames are dropped; our id under another incarnation is a conflict, told once a "
    "frame") {
  Receiver receiver;
  ForgedPeer ourselves(1);
  ourselves.header.incarnation = kIncarnation;
  CHECK(receiver.Take(ourselves.Next()) == Reason::kOwn);
  CHECK(receiver.last.conflict == Conflict::kNone);
  ForgedPeer impostor(1);
  const auto frame = impostor.Next();
  CHECK(receiver.Take(frame) == Reason::kConflict);
  CHECK(receiver.last.conflict == Conflict::kHostId);
  CHECK(receiver.Take(frame) == Reason::kReplay && receiver.last.conflict == Conflict::kNone);
  CHECK(receiver.group->MayNotify(Conflict::kHostId, kStart));
  CHECK(!receiver.group->MayNotify(Conflict::kHostId, kStart + kNanosecondsASecond - 1));
  CHECK(receiver.group->MayNotify(Conflict::kMac, kStart + 1));
  CHECK(receiver.group->MayNotify(Conflict::kHostId, kStart + kNanosecondsASecond));
}

TEST(
    "R12: what a member relays counts by its age, for the run that is known, and never backwards") {
  Receiver receiver;
  ForgedPeer silent(3), relayer(2);
  receiver.TakeEchoed(&silent);
  receiver.TakeEchoed(&relayer);
  receiver.now += 100 * kMillisecond;
  relayer.heard.clear();
  relayer.Hears(HostId(3), silent.header.incarnation, 1000, 30);
  receiver.Take(relayer.Next());
  CHECK(receiver.Of(3).relayed_at == receiver.now - 30 * kMillisecond);
  CHECK(receiver.Of(3).permitted_at == kStart);
  const uint64_t relayed_at = receiver.Of(3).relayed_at;
  relayer.heard.clear();
  relayer.Hears(HostId(3), silent.header.incarnation, 1000, 90)
      .Hears(HostId(3), silent.header.incarnation + 1, 1000, 1)
      .Hears(HostId(3), silent.header.incarnation, 1000, kAgeUnknown)
      .Hears(HostId(2), relayer.header.incarnation, 1000, 1)
      .Hears(HostId(4), 1, 1, 1);
  receiver.Take(relayer.Next());
  CHECK(receiver.Of(3).relayed_at == relayed_at && receiver.Of(2).relayed_at == 0);
  CHECK(receiver.group->hosts().Find(HostId(4)) == nullptr);
}

TEST("R60: with unicast peers a member's word introduces a host, until that speaks for itself") {
  Receiver receiver;
  receiver.group->TakeIntroductions(true);
  receiver.now += 100 * kMillisecond;
  ForgedPeer member(2), unknown(3);
  const uint64_t run = unknown.header.incarnation;
  member.Hears(HostId(3), run, 1000, 30);
  CHECK(receiver.Take(member.Next()) == Reason::kNotEchoed);
  CHECK(receiver.group->hosts().Find(HostId(3)) == nullptr);
  member.Hears(HostId(1), kIncarnation, 5, 1);
  CHECK(receiver.Take(member.Next()) == Reason::kAccepted);
  CHECK(receiver.Of(3).relayed_at == receiver.now - 30 * kMillisecond);
  CHECK(receiver.Of(3).flags == kPermit && receiver.Of(3).proved.incarnation == 0);
  CHECK(receiver.group->hosts().Find(HostId(1)) == nullptr);
  unknown.header.flags = kJoining;
  CHECK(receiver.Take(unknown.Next()) == Reason::kNotEchoed);
  CHECK(receiver.TakeEchoed(&unknown) == Reason::kAccepted && receiver.last.changed);
  CHECK(receiver.Of(3).flags == kJoining && receiver.Of(3).proved.incarnation == run);
}

TEST("R60: nobody is introduced who was not heard lately") {
  Receiver receiver;
  receiver.group->TakeIntroductions(true);
  receiver.now += 100 * kNanosecondsASecond;
  ForgedPeer member(2);
  member.Hears(HostId(1), kIncarnation, 5)
      .Hears(HostId(3), 7, 1000, 1001)
      .Hears(HostId(4), 7, 1000, 1000)
      .Hears(HostId(5), 7, 1000);
  CHECK(receiver.Take(member.Next()) == Reason::kAccepted);
  CHECK(receiver.group->hosts().Find(HostId(3)) == nullptr);
  CHECK(receiver.group->hosts().Find(HostId(4)) != nullptr);
  CHECK(receiver.group->hosts().Find(HostId(5)) == nullptr);
  receiver.group->Tick(receiver.now, kNanosecondsASecond, 5);
  CHECK(receiver.Take(member.Next()) == Reason::kAccepted);
  CHECK(receiver.group->hosts().Find(HostId(3)) != nullptr);
}

TEST("R12, R51: who is not proved relays nothing") {
  Receiver receiver;
  ForgedPeer known(3), recording(2);
  receiver.TakeEchoed(&known);
  recording.Hears(HostId(3), known.header.incarnation, 1000, 1);
  CHECK(receiver.Take(recording.Next()) == Reason::kNotEchoed);
  CHECK(receiver.Of(3).relayed_at == 0);
}

TEST(
    "a piece is delivered once, a new version anew, and everything again to a new control "
    "process") {
  Receiver receiver;
  ForgedPeer peer(2);
  peer.piece = {5, 1, 2, 0};
  const auto take = [&] {
    receiver.TakeEchoed(&peer);
    return receiver.last.deliver;
  };
  CHECK(take() && take());  // Not noted yet: control was busy.
  receiver.group->NoteDelivered(receiver.last);
  CHECK(!take());
  peer.piece.index = 0;
  CHECK(take());
  receiver.group->NoteDelivered(receiver.last);
  CHECK(!take());
  peer.piece = {4, 0, 2, 0};  // Another version is a new one, whatever its number.
  CHECK(take());
  receiver.group->NoteDelivered(receiver.last);
  CHECK(!take());
  receiver.group->ForgetDeliveries();
  CHECK(take());
  peer.header.type = kAcquire;
  peer.piece = {};
  CHECK(take());
}

TEST(
    "R24: a new host, and a new snapshot, get all pieces well within a timeout, and then one at a "
    "time") {
  Receiver receiver;
  Published& published = receiver.group->published();
  std::vector<uint8_t> snapshot(10 * kMaxPieceBytes, 1);
  Header state;
  state.info_version = 1;
  CHECK(published.TakeFrames() == 1);
  const auto frames_of_round = [&] {
    size_t frames = 0;
    for (size_t beat = 0; beat < kRoundBeats; beat++) frames += published.TakeFrames();
    return frames;
  };
  CHECK(published.Replace(state, snapshot, kStart));
  CHECK(frames_of_round() >= published.pieces());
  for (size_t beat = kRoundBeats; beat < kHurryBeats; beat++) CHECK(published.TakeFrames() > 1);
  CHECK(published.TakeFrames() == 1);
  CHECK(!published.Replace(state, snapshot, kStart));
  CHECK(published.TakeFrames() == 1);
  ForgedPeer peer(2);
  receiver.TakeEchoed(&peer);
  CHECK(frames_of_round() >= published.pieces());
  state.info_version = 2;
  CHECK(published.Replace(state, Bytes(snapshot).first(kMaxPieceBytes), kStart));
  CHECK(published.TakeFrames() == 1);
}

TEST("a heartbeat fits into a frame whatever it has to say") {
  Receiver receiver;
  for (uint8_t host = 2; host < 100; host++) {
    ForgedPeer peer(host);
    peer.header.host = Id{0xfd, 0, host};
    receiver.TakeEchoed(&peer);
    peer.header.incarnation++;
    peer.heard.clear();
    receiver.Take(peer.Next());
  }
  std::vector<uint8_t> snapshot(kMaxSnapshotBytes, 1);
  Header state;
  state.info_version = 1;
  receiver.group->published().Replace(state, snapshot, kStart);
  uint8_t frame[kMaxFrameBytes];
  const Bytes heartbeat = receiver.group->ComposeHeartbeat(kStart + 1, true, 1, frame);
  CHECK(!heartbeat.empty() && heartbeat.size() <= kMaxFrameBytes);
  std::vector<uint8_t> command(kMaxCommandBytes, 1);
  const Bytes sent = receiver.group->ComposeCommand(kAcquire, command, true, 2, frame);
  CHECK(!sent.empty() && sent.size() <= kMaxFrameBytes);
}

}  // namespace
}  // namespace raisd::heartbeat
