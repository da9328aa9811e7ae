// libFuzzer: frames and control's packets of any shape. Half of the inputs are taken as they come;
// the others are made authentic first, so that what stands behind the MAC is reached as well.

#include <algorithm>
#include <cstring>
#include <optional>
#include <vector>

#include "fixture.h"
#include "link_messages.h"

namespace raisd::heartbeat {
namespace {

constexpr Identity kOurselves = {{1}, 7};

/**
 * A frame that is authentic: its host, numbers and TLVs are the fuzzer's. With `echo` a HEARD that
 * names us comes first, so that what only a proved run may say is reached.
 */
std::vector<uint8_t> MakeAuthentic(Bytes input, bool echo, const KeyRing& keys) {
  uint8_t entry[64];
  Writer heard(entry);
  heard.Put16(kHeard << 8);
  heard.Put16(static_cast<uint16_t>(HeardEntryBytes(kOurselves.host)));
  WriteHeardEntry({kOurselves.host, 0, kOurselves.incarnation, 5}, &heard);
  const size_t head = input.size() < kHeaderBytes ? input.size() : kHeaderBytes;
  std::vector<uint8_t> frame(input.begin(), input.begin() + static_cast<long>(head));
  frame.resize(kHeaderBytes);
  if (echo) frame.insert(frame.end(), entry, entry + heard.size());
  const size_t room = kMaxFrameBytes - kMacBytes - frame.size();
  const Bytes rest = input.subspan(head).first(std::min(input.size() - head, room));
  frame.insert(frame.end(), rest.begin(), rest.end());
  std::memcpy(frame.data(), "RAIS\x01", 5);
  frame[5] &= 7;
  Writer(frame.data() + 8).Put64(kTag);
  Writer(frame.data() + 56).Put16(static_cast<uint16_t>(frame.size() + kMacBytes));
  const size_t sealed = frame.size();
  frame.resize(sealed + kMacBytes);
  keys.Sign({frame.data(), sealed}, frame.data() + sealed);
  return frame;
}

/** What was taken in must be such that a heartbeat and a report of it can be made. */
void Speak(Group* group) {
  uint8_t frame[kMaxFrameBytes];
  const Bytes heartbeat = group->ComposeHeartbeat(5, true, 9, frame);
  Header header;
  Body body;
  if (ParseHeader(heartbeat, &header) != Reason::kAccepted) __builtin_trap();
  if (!ParseBody(heartbeat, header, &body)) __builtin_trap();
  uint8_t report[kMaxReportBytes];
  EncodeReport({kTag, 5, 0}, group->hosts(), kMaxInterfaces, report);
}

void Take(Group* group, uint8_t options, Bytes input, const KeyRing& keys) {
  group->TakeIntroductions((options & 4) != 0);
  const bool is_authentic = (options & 1) != 0;
  const bool is_echo = (options & 2) != 0;
  const std::vector<uint8_t> datagram = is_authentic
                                            ? MakeAuthentic(input, is_echo, keys)
                                            : std::vector<uint8_t>(input.begin(), input.end());
  Reception reception;
  group->Receive(datagram, {static_cast<uint8_t>(options >> 5), 5, 255, false, {}}, &reception);
  if (reception.reason != Reason::kAccepted) return;
  uint8_t packet[kMaxReportBytes];
  EncodeFrame(reception, 0, 5, packet);
  if (reception.deliver) group->NoteDelivered(reception);
}

}  // namespace
}  // namespace raisd::heartbeat

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace raisd::heartbeat;
  static const auto keys = Keys({"key"});
  // One place for all groups: a table of this size from the heap would be most of the work.
  static GroupMemory memory;
  static std::optional<Group> group;
  memory = {};
  group.emplace(kOurselves, kTag, Keys({"key"}));
  group->Inherit(&memory);
  // Several datagrams: options, length, bytes.
  for (Bytes rest(data, size); rest.size() >= 3;) {
    const uint8_t options = rest[0];
    const size_t length = std::min<size_t>(Load16(rest.data() + 1), rest.size() - 3);
    Take(&*group, options, rest.subspan(3, length), *keys);
    rest = rest.subspan(3 + length);
  }
  Speak(&*group);
  (void)DecodeControlMessage({data, size});
  return 0;
}
