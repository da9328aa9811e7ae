#include "frame.h"

#include <cstring>

namespace raisd::heartbeat {
namespace {

constexpr uint8_t kMagicBytes[4] = {'R', 'A', 'I', 'S'};
constexpr uint8_t kMappedPrefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr size_t kLengthOffset = 56;
constexpr size_t kHeardFixedBytes = 16;

bool ParsePiece(Bytes value, Body* body) {
  if (value.size() < kPieceHeaderBytes || value.size() > kPieceHeaderBytes + kMaxPieceBytes)
    return false;
  Reader reader(value);
  PieceHeader& piece = body->piece_header;
  piece.version = reader.Take32();
  piece.index = reader.Take16();
  piece.count = reader.Take16();
  piece.age = reader.Take32();
  body->piece = value;
  return piece.count <= kMaxPieces && piece.index < piece.count;
}

bool ParseHeard(Bytes value, Body* body) {
  body->heard = value;
  HeardEntry entry;
  while (!value.empty()) {
    if (!TakeHeardEntry(&value, &entry)) return false;
  }
  return true;
}

bool ParseTlv(uint8_t type, Bytes value, bool information, Body* body) {
  switch (type) {
    case kHeard:
      return ParseHeard(value, body);
    case kPiece:
      return information && ParsePiece(value, body);
    case kCommand:
      body->command = value;
      return !information && value.size() <= kMaxCommandBytes;
    default:
      return true;
  }
}

}  // namespace

bool IsKnownType(uint8_t type) {
  return type >= kInformation && type <= kOperatorRequest;
}

bool IsMapped(const Id& id) {
  return std::memcmp(id.data(), kMappedPrefix, sizeof kMappedPrefix) == 0;
}

Id MapV4(const uint8_t* four) {
  Id id;
  std::memcpy(id.data(), kMappedPrefix, sizeof kMappedPrefix);
  std::memcpy(id.data() + sizeof kMappedPrefix, four, 4);
  return id;
}

Reason ParseHeader(Bytes datagram, Header* header) {
  if (datagram.size() > kMaxFrameBytes) return Reason::kOversized;
  if (datagram.size() < kHeaderBytes + kMacBytes) return Reason::kTruncated;
  const uint8_t* at = datagram.data();
  if (std::memcmp(at, kMagicBytes, sizeof kMagicBytes) != 0) return Reason::kMagic;
  if (at[4] != kFrameVersion) return Reason::kVersion;
  const size_t length = Load16(at + kLengthOffset);
  if (length > datagram.size()) return Reason::kTruncated;
  if (length < datagram.size()) return Reason::kMalformed;
  Reader reader(datagram.subspan(5));
  header->type = reader.Take8();
  header->flags = reader.Take16();
  header->tag = reader.Take64();
  header->host = reader.TakeId();
  header->incarnation = reader.Take64();
  header->sequence = reader.Take64();
  header->term = reader.Take32();
  header->info_version = reader.Take32();
  return Reason::kAccepted;
}

bool ParseBody(Bytes frame, const Header& header, Body* body) {
  if (header.incarnation == 0 || header.sequence == 0) return false;
  uint8_t seen = 0;
  Bytes rest = SealedPart(frame).subspan(kHeaderBytes);
  while (!rest.empty()) {
    if (rest.size() < kTlvHeaderBytes) return false;
    const size_t length = Load16(rest.data() + 2);
    if (rest.size() < kTlvHeaderBytes + length) return false;
    const Bytes value = rest.subspan(kTlvHeaderBytes, length);
    const uint8_t type = rest[0];
    const bool is_known = type >= kHeard && type <= kCommand;
    if (is_known && (seen >> type & 1) != 0) return false;
    if (is_known) seen |= static_cast<uint8_t>(1 << type);
    if (!ParseTlv(type, value, header.type == kInformation, body)) return false;
    rest = rest.subspan(kTlvHeaderBytes + length);
  }
  return true;
}

bool TakeHeardEntry(Bytes* heard, HeardEntry* entry) {
  if (heard->size() < kHeardFixedBytes) return false;
  const uint8_t family = (*heard)[0];
  if (family != 4 && family != 6) return false;
  const size_t size = kHeardFixedBytes + (family == 4 ? 4 : 16);
  if (heard->size() < size) return false;
  Reader reader(heard->subspan(2));
  entry->age = reader.Take16();
  entry->incarnation_low = reader.Take32();
  entry->sequence = reader.Take64();
  const uint8_t* host = heard->data() + kHeardFixedBytes;
  entry->host = family == 4 ? MapV4(host) : LoadId(host);
  *heard = heard->subspan(size);
  return true;
}

size_t HeardEntryBytes(const Id& host) {
  return kHeardFixedBytes + (IsMapped(host) ? 4 : 16);
}

void WriteHeardEntry(const HeardEntry& entry, Writer* writer) {
  const bool mapped = IsMapped(entry.host);
  writer->Put8(mapped ? 4 : 6);
  writer->Put8(0);
  writer->Put16(entry.age);
  writer->Put32(entry.incarnation_low);
  writer->Put64(entry.sequence);
  writer->PutBytes(mapped ? Bytes(entry.host).last(4) : Bytes(entry.host));
}

FrameWriter::FrameWriter(uint8_t* buffer, const Header& header) : buffer_(buffer), writer_(buffer) {
  writer_.PutBytes(kMagicBytes);
  writer_.Put8(kFrameVersion);
  writer_.Put8(header.type);
  writer_.Put16(header.flags);
  writer_.Put64(header.tag);
  writer_.PutId(header.host);
  writer_.Put64(header.incarnation);
  writer_.Put64(header.sequence);
  writer_.Put32(header.term);
  writer_.Put32(header.info_version);
  writer_.Put32(0);
}

void FrameWriter::AddTlv(TlvType type, Bytes first, Bytes second) {
  writer_.Put8(type);
  writer_.Put8(0);
  writer_.Put16(static_cast<uint16_t>(first.size() + second.size()));
  writer_.PutBytes(first);
  writer_.PutBytes(second);
}

Bytes FrameWriter::Finish() {
  Writer length(buffer_ + kLengthOffset);
  length.Put16(static_cast<uint16_t>(writer_.size() + kMacBytes));
  return {buffer_, writer_.size()};
}

}  // namespace raisd::heartbeat
