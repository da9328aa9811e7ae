// The frame against test/wire/frame-vectors.txt, which the TypeScript side is held to as well.

#include "frame.h"

#include <cstring>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "check.h"
#include "fixture.h"

namespace raisd::heartbeat {
namespace {

using Octets = std::vector<uint8_t>;

/** One block of the file: its first word, and its lines by their first word. */
struct Vector {
  std::string kind;
  std::string name;
  std::multimap<std::string, std::string> lines;

  std::string Get(const std::string& word) const {
    const auto at = lines.find(word);
    return at == lines.end() ? "" : at->second;
  }
};

std::vector<Vector> ReadVectors() {
  std::ifstream file(vectors_path);
  CHECK(file.good());
  std::vector<Vector> vectors;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    const size_t space = line.find(' ');
    const std::string word = line.substr(0, space);
    const std::string rest = space == std::string::npos ? "" : line.substr(space + 1);
    if (word == "accepted" || word == "refused") {
      vectors.push_back({word, rest, {}});
    } else {
      vectors.back().lines.emplace(word, rest);
    }
  }
  return vectors;
}

Octets FromHex(const std::string& hex) {
  Octets octets;
  for (size_t at = 0; at + 1 < hex.size(); at += 2) {
    octets.push_back(static_cast<uint8_t>(std::stoul(hex.substr(at, 2), nullptr, 16)));
  }
  return octets;
}

uint64_t Number(const std::string& hex) {
  return std::stoull(hex, nullptr, 16);
}

Header HeaderOf(const Vector& vector) {
  Header header;
  header.type = static_cast<uint8_t>(Number(vector.Get("type")));
  header.flags = static_cast<uint16_t>(Number(vector.Get("flags")));
  header.tag = Number(vector.Get("tag"));
  header.host = LoadId(FromHex(vector.Get("host")).data());
  header.incarnation = Number(vector.Get("incarnation"));
  header.sequence = Number(vector.Get("sequence"));
  header.term = static_cast<uint32_t>(Number(vector.Get("term")));
  header.info_version = static_cast<uint32_t>(Number(vector.Get("version")));
  return header;
}

Octets HeardOf(const Vector& vector) {
  Octets entries(kMaxFrameBytes);
  Writer writer(entries.data());
  const auto [first, last] = vector.lines.equal_range("heard");
  for (auto at = first; at != last; ++at) {
    std::istringstream words(at->second);
    std::string host, age, incarnation, sequence;
    words >> host >> age >> incarnation >> sequence;
    WriteHeardEntry({LoadId(FromHex(host).data()), static_cast<uint16_t>(Number(age)),
                     static_cast<uint32_t>(Number(incarnation)), Number(sequence)},
                    &writer);
  }
  entries.resize(writer.size());
  return entries;
}

Octets PieceOf(const Vector& vector) {
  std::istringstream words(vector.Get("piece"));
  std::string version, index, count, age, data;
  words >> version >> index >> count >> age >> data;
  Octets head(kPieceHeaderBytes);
  Writer writer(head.data());
  writer.Put32(static_cast<uint32_t>(Number(version)));
  writer.Put16(static_cast<uint16_t>(Number(index)));
  writer.Put16(static_cast<uint16_t>(Number(count)));
  writer.Put32(static_cast<uint32_t>(Number(age)));
  const Octets bytes = FromHex(data);
  head.insert(head.end(), bytes.begin(), bytes.end());
  return head;
}

Octets Build(const Vector& vector, const KeyRing& keys) {
  Octets frame(kMaxFrameBytes);
  FrameWriter writer(frame.data(), HeaderOf(vector));
  if (vector.lines.count("heard") > 0) writer.AddTlv(kHeard, HeardOf(vector));
  if (vector.lines.count("piece") > 0) writer.AddTlv(kPiece, PieceOf(vector));
  if (vector.lines.count("command") > 0) writer.AddTlv(kCommand, FromHex(vector.Get("command")));
  const Bytes sealed = writer.Finish();
  CHECK(keys.Sign(sealed, frame.data() + sealed.size()));
  frame.resize(sealed.size() + kMacBytes);
  return frame;
}

bool Same(Bytes a, const Octets& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size()) == 0);
}

/** A receiver with the vector's key judges: unknown types and MACs included. */
std::string Judge(const Octets& frame, const KeyRing& keys) {
  Header header;
  Body body;
  switch (ParseHeader(frame, &header)) {
    case Reason::kAccepted:
      break;
    case Reason::kOversized:
      return "oversized";
    case Reason::kTruncated:
      return "truncated";
    case Reason::kMagic:
      return "magic";
    case Reason::kVersion:
      return "version";
    default:
      return "malformed";
  }
  if (!keys.Verify(SealedPart(frame), MacOf(frame).data())) return "mac";
  if (!IsKnownType(header.type)) return "unknown-type";
  return ParseBody(frame, header, &body) ? "accepted" : "malformed";
}

std::unique_ptr<KeyRing> KeyOf(const Vector& vector) {
  const Octets key = FromHex(vector.Get("key"));
  const Bytes keys[] = {key};
  return KeyRing::Create(keys);
}

TEST("the golden frames are made byte for byte, and read back") {
  size_t count = 0;
  for (const Vector& vector : ReadVectors()) {
    if (vector.kind != "accepted") continue;
    count++;
    const auto keys = KeyOf(vector);
    const Octets frame = FromHex(vector.Get("frame"));
    CHECK(Build(vector, *keys) == frame);
    CHECK(Judge(frame, *keys) == "accepted");
    Header header;
    Body body;
    CHECK(ParseHeader(frame, &header) == Reason::kAccepted);
    CHECK(ParseBody(frame, header, &body));
    const Header expected = HeaderOf(vector);
    CHECK(header.host == expected.host && header.sequence == expected.sequence);
    CHECK(header.tag == expected.tag && header.incarnation == expected.incarnation);
    CHECK(header.flags == expected.flags && header.term == expected.term);
    CHECK(Same(body.heard, HeardOf(vector)));
    CHECK(Same(body.command, FromHex(vector.Get("command"))));
    if (vector.lines.count("piece") > 0) CHECK(Same(body.piece, PieceOf(vector)));
  }
  CHECK(count >= 4);
}

TEST("R51: the golden forgeries are refused, each for its reason") {
  size_t count = 0;
  for (const Vector& vector : ReadVectors()) {
    if (vector.kind != "refused") continue;
    count++;
    const std::string reason = vector.name.substr(0, vector.name.find(':'));
    CHECK(Judge(FromHex(vector.Get("frame")), *KeyOf(vector)) == reason);
  }
  CHECK(count >= 8);
}

TEST("R51: a frame that is cut anywhere is refused") {
  const auto keys = Keys({"key"});
  ForgedPeer peer(2);
  peer.Hears(HostId(1), 7, 1, 3).Hears(HostId(3), 8, 2, 4);
  peer.piece = {1, 0, 1, 0};
  const Octets whole = peer.Next();
  for (size_t length = 0; length < whole.size(); length++) {
    CHECK(Judge(Octets(whole.begin(), whole.begin() + static_cast<long>(length)), *keys) ==
          "truncated");
  }
  CHECK(Judge(whole, *keys) == "accepted");
}

TEST("R51: a frame with any bit turned is refused") {
  const auto keys = Keys({"key"});
  const Octets whole = ForgedPeer(2).Next();
  for (size_t bit = 0; bit < whole.size() * 8; bit++) {
    Octets turned = whole;
    turned[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    CHECK(Judge(turned, *keys) != "accepted");
  }
}

TEST("the first key signs, all verify, another one does not") {
  const auto rotating = Keys({"new", "old"});
  const auto old_only = Keys({"old"});
  const auto new_only = Keys({"new"});
  const uint8_t data[] = {1, 2, 3};
  uint8_t mac[kMacBytes];
  CHECK(old_only->Sign(data, mac) && rotating->Verify(data, mac) && !new_only->Verify(data, mac));
  CHECK(rotating->Sign(data, mac) && new_only->Verify(data, mac) && !old_only->Verify(data, mac));
  CHECK(Keys({}) == nullptr && Keys({""}) == nullptr);
}

}  // namespace
}  // namespace raisd::heartbeat
