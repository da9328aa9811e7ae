#include "link_messages.h"

namespace raisd::heartbeat {
namespace {

enum FromControl : uint8_t {
  kPublish = 1,
  kSendCommand = 2,
  kRenewPermit = 3,
  kSync = 4,
  kPeers = 5,
  kReopen = 6
};
enum ToControl : uint8_t {
  kFrame = 1,
  kReport = 2,
  kSynced = 3,
  kCounterValues = 4,
  kConflictNotice = 5
};

/** In a report's flags: the run is proved. */
constexpr uint16_t kEchoed = 16;

ControlMessage DecodePublish(Bytes packet) {
  constexpr size_t kFixed = 20;
  if (packet.size() < kFixed || packet.size() > kFixed + kMaxSnapshotBytes) return {};
  PublishMessage message;
  Reader reader(packet.subspan(1));
  message.urgent = reader.Take8() != 0;
  // The permit is given by `permit` alone.
  message.state.flags = reader.Take16() & static_cast<uint16_t>(~kPermit);
  message.tag = reader.Take64();
  message.state.term = reader.Take32();
  message.state.info_version = reader.Take32();
  message.snapshot = packet.subspan(kFixed);
  return message;
}

ControlMessage DecodeCommand(Bytes packet) {
  constexpr size_t kFixed = 10;
  if (packet.size() < kFixed || packet.size() > kFixed + kMaxCommandBytes) return {};
  const uint8_t type = packet[1];
  if (type == kInformation || !IsKnownType(type)) return {};
  return CommandMessage{type, Load64(packet.data() + 2), packet.subspan(kFixed)};
}

ControlMessage DecodePeers(Bytes packet) {
  constexpr size_t kFixed = 11;
  if (packet.size() < kFixed) return {};
  const size_t count = Load16(packet.data() + 9);
  if (packet.size() != kFixed + count * kPeerBytes) return {};
  return PeersMessage{Load64(packet.data() + 1), packet.subspan(kFixed)};
}

void EncodeHost(const Host& host, uint8_t interfaces, Writer* writer) {
  const bool echoed = host.proved.incarnation != 0;
  const Run& run = echoed ? host.proved : host.candidate;
  writer->PutId(host.id);
  writer->Put64(run.incarnation);
  writer->Put64(run.window.newest());
  writer->Put16(echoed ? static_cast<uint16_t>(host.flags | kEchoed) : host.flags);
  writer->Put32(host.term);
  writer->Put32(host.info_version);
  writer->Put64(host.permitted_at);
  writer->Put64(host.relayed_at);
  for (size_t interface = 0; interface < interfaces; interface++) {
    writer->Put64(host.heard_at[interface]);
  }
}

}  // namespace

ControlMessage DecodeControlMessage(Bytes packet) {
  if (packet.empty()) return {};
  switch (packet[0]) {
    case kPublish:
      return DecodePublish(packet);
    case kSendCommand:
      return DecodeCommand(packet);
    case kRenewPermit:
      if (packet.size() != 5) return {};
      return PermitMessage{Load32(packet.data() + 1)};
    case kSync:
      if (packet.size() != 5) return {};
      return SyncMessage{Load32(packet.data() + 1)};
    case kPeers:
      return DecodePeers(packet);
    case kReopen:
      if (packet.size() != 13) return {};
      return ReopenMessage{Load64(packet.data() + 1), Load32(packet.data() + 9)};
    default:
      return {};
  }
}

size_t EncodeFrame(const Reception& reception, uint8_t interface, uint64_t at, uint8_t* out) {
  const Header& header = reception.header;
  Writer writer(out);
  writer.Put8(kFrame);
  writer.Put64(header.tag);
  writer.Put8(interface);
  writer.Put8(header.type);
  writer.Put16(header.flags);
  writer.PutId(header.host);
  writer.Put64(header.incarnation);
  writer.Put64(header.sequence);
  writer.Put32(header.term);
  writer.Put32(header.info_version);
  writer.Put64(at);
  writer.PutBytes(header.type == kInformation ? reception.body.piece : reception.body.command);
  return writer.size();
}

size_t EncodeReport(const Moment& moment, const HostTable& table, uint8_t interfaces,
                    uint8_t* out) {
  Writer writer(out);
  writer.Put8(kReport);
  writer.Put64(moment.tag);
  writer.Put64(moment.at);
  writer.Put32(moment.lapse);
  writer.Put8(interfaces);
  writer.Put16(static_cast<uint16_t>(table.hosts().size()));
  for (const Host& host : table.hosts()) EncodeHost(host, interfaces, &writer);
  return writer.size();
}

size_t EncodeSynced(uint32_t token, uint8_t* out) {
  Writer writer(out);
  writer.Put8(kSynced);
  writer.Put32(token);
  return writer.size();
}

size_t EncodeCounters(uint64_t tag, const Counters& counters, uint8_t* out) {
  Writer writer(out);
  writer.Put8(kCounterValues);
  writer.Put64(tag);
  writer.Put8(static_cast<uint8_t>(kCounters));
  for (const uint64_t value : counters.values()) writer.Put64(value);
  return writer.size();
}

size_t EncodeConflict(uint64_t tag, Conflict conflict, const Id& source, uint8_t* out) {
  Writer writer(out);
  writer.Put8(kConflictNotice);
  writer.Put64(tag);
  writer.Put8(static_cast<uint8_t>(conflict));
  writer.PutId(source);
  return writer.size();
}

}  // namespace raisd::heartbeat
