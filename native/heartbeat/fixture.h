// What the tests and the fuzzer share: ids, keys, and a peer whose frames can be forged at will.

#ifndef RAISD_HEARTBEAT_FIXTURE_H_
#define RAISD_HEARTBEAT_FIXTURE_H_

#include <memory>
#include <string_view>
#include <vector>

#include "frame.h"
#include "group.h"
#include "key_ring.h"

namespace raisd::heartbeat {

constexpr uint64_t kTag = 0x0102030405060708;
constexpr uint64_t kMillisecond = kNanosecondsAMillisecond;

inline Id HostId(uint8_t last) {
  const uint8_t four[4] = {10, 77, 1, last};
  return MapV4(four);
}

inline std::unique_ptr<KeyRing> Keys(std::initializer_list<std::string_view> texts) {
  std::vector<Bytes> keys;
  for (const std::string_view text : texts) {
    keys.push_back({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
  }
  return KeyRing::Create(keys);
}

/** Another host of the group, by its frames. */
class ForgedPeer {
 public:
  explicit ForgedPeer(uint8_t last, std::string_view key = "key") : keys_(Keys({key})) {
    header.type = kInformation;
    header.flags = kPermit;
    header.tag = kTag;
    header.host = HostId(last);
    header.incarnation = 0x1111111100000000 + last;
    header.sequence = 1000;
  }

  ForgedPeer& Hears(const Id& host, uint64_t incarnation, uint64_t sequence,
                    uint16_t age = kAgeUnknown) {
    heard.push_back({host, age, static_cast<uint32_t>(incarnation), sequence});
    return *this;
  }

  /** The frame as it is described now; then the sequence number goes up. */
  std::vector<uint8_t> Next() {
    std::vector<uint8_t> frame(kMaxFrameBytes);
    FrameWriter writer(frame.data(), header);
    std::vector<uint8_t> entries(heard.size() * 32);
    Writer entry_writer(entries.data());
    for (const HeardEntry& entry : heard) WriteHeardEntry(entry, &entry_writer);
    if (!heard.empty()) writer.AddTlv(kHeard, {entries.data(), entry_writer.size()});
    if (piece.count > 0) {
      uint8_t head[kPieceHeaderBytes];
      Writer piece_writer(head);
      piece_writer.Put32(piece.version);
      piece_writer.Put16(piece.index);
      piece_writer.Put16(piece.count);
      piece_writer.Put32(piece.age);
      writer.AddTlv(kPiece, head, {});
    }
    const Bytes sealed = writer.Finish();
    keys_->Sign(sealed, frame.data() + sealed.size());
    frame.resize(sealed.size() + kMacBytes);
    header.sequence++;
    return frame;
  }

  Header header;
  std::vector<HeardEntry> heard;
  PieceHeader piece;

 private:
  std::unique_ptr<KeyRing> keys_;
};

}  // namespace raisd::heartbeat

#endif  // RAISD_HEARTBEAT_FIXTURE_H_
