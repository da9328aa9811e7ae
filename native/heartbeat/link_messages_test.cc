// Control's packets: what is taken and what is nonsense. The packets to control are read in
// TypeScript's tests.

#include "link_messages.h"

#include <vector>

#include "check.h"
#include "fixture.h"

namespace raisd::heartbeat {
namespace {

using Octets = std::vector<uint8_t>;

template <typename Message>
const Message* As(const ControlMessage& message) {
  return std::get_if<Message>(&message);
}

Octets PublishPacket(size_t snapshot) {
  Octets packet(20 + snapshot);
  Writer writer(packet.data());
  writer.Put8(1);
  writer.Put8(1);
  writer.Put16(kLeaving | kPermit);
  writer.Put64(kTag);
  writer.Put32(4);
  writer.Put32(5);
  return packet;
}

TEST("a publish is read; the permit is not control's to claim") {
  const Octets packet = PublishPacket(10);
  const ControlMessage message = DecodeControlMessage(packet);
  const auto* publish = As<PublishMessage>(message);
  CHECK(publish != nullptr && publish->urgent && publish->tag == kTag);
  CHECK(publish->state.flags == kLeaving && publish->state.term == 4);
  CHECK(publish->state.info_version == 5 && publish->snapshot.size() == 10);
}

TEST("nonsense from control is told from messages") {
  const auto is_nonsense = [](const Octets& packet) {
    return As<std::monostate>(DecodeControlMessage(packet)) != nullptr;
  };
  CHECK(is_nonsense({}) && is_nonsense({0}) && is_nonsense({99, 1, 2}));
  CHECK(is_nonsense(PublishPacket(kMaxSnapshotBytes + 1)));
  CHECK(!is_nonsense(PublishPacket(kMaxSnapshotBytes)));
  CHECK(is_nonsense({1, 0, 0}));
  CHECK(is_nonsense({3, 0, 0, 0}) && !is_nonsense({3, 0, 0, 0, 1}));
  CHECK(is_nonsense({4, 0}) && !is_nonsense({4, 0, 0, 0, 1}));
  Octets command(10);
  command[0] = 2;
  for (const uint8_t type : {0, 1, 7}) {
    command[1] = type;
    CHECK(is_nonsense(command));
  }
  command[1] = kAcquire;
  CHECK(!is_nonsense(command));
  command.resize(10 + kMaxCommandBytes + 1);
  CHECK(is_nonsense(command));
  Octets peers(11 + kPeerBytes);
  peers[0] = 5;
  CHECK(is_nonsense(peers));
  peers[10] = 1;
  CHECK(!is_nonsense(peers));
}

TEST("a report of a full table fits") {
  const auto table = std::make_unique<HostTable>();
  for (size_t host = 0; host < kMaxHosts; host++) {
    table->Insert(HostId(static_cast<uint8_t>(host)), 1)->candidate = Run(1, 0);
  }
  Octets out(kMaxReportBytes);
  CHECK(EncodeReport({kTag, 5, 0}, *table, kMaxInterfaces, out.data()) == kMaxReportBytes);
}

}  // namespace
}  // namespace raisd::heartbeat
