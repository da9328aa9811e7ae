// The frame of src/wire/frame.md: parsed in two steps, because what stands before the MAC check
// must be cheap, and what is inside counts only after it.

#ifndef RAISD_HEARTBEAT_FRAME_H_
#define RAISD_HEARTBEAT_FRAME_H_

#include <cstdint>

#include "bytes.h"
#include "counters.h"
#include "limits.h"

namespace raisd::heartbeat {

constexpr uint8_t kFrameVersion = 1;

/** R8. */
enum FrameType : uint8_t {
  kInformation = 1,
  kAcquire = 2,
  kRelease = 3,
  kPrepare = 4,
  kHold = 5,
  kOperatorRequest = 6,
};

enum FrameFlag : uint16_t {
  kPermit = 1,
  kJoining = 2,
  kLeaving = 4,
  kObserver = 8,
};

enum TlvType : uint8_t {
  kHeard = 1,
  kPiece = 2,
  kCommand = 3,
};

constexpr size_t kTlvHeaderBytes = 4;
constexpr size_t kPieceHeaderBytes = 12;

struct Header {
  uint8_t type = 0;
  uint16_t flags = 0;
  uint64_t tag = 0;
  Id host = {};
  uint64_t incarnation = 0;
  uint64_t sequence = 0;
  uint32_t term = 0;
  uint32_t info_version = 0;
};

/** The header of a PIECE; the bytes follow it. */
struct PieceHeader {
  uint32_t version = 0;
  uint16_t index = 0;
  uint16_t count = 0;
  /** Milliseconds. */
  uint32_t age = 0;
};

/** What the TLVs of a frame hold; views into the datagram. Empty and absent HEARD are the same. */
struct Body {
  Bytes heard;
  Bytes piece;
  PieceHeader piece_header;
  Bytes command;
};

/** R12: whom the sender heard. */
struct HeardEntry {
  Id host = {};
  /** Milliseconds since its newest frame with PERMIT, rounded up. */
  uint16_t age = 0;
  uint32_t incarnation_low = 0;
  uint64_t sequence = 0;
};

/** The age that stands for itself and all above, and for "never". */
constexpr uint16_t kAgeUnknown = 65535;

bool IsKnownType(uint8_t type);
/** Whether the address is an IPv4 one, mapped. */
bool IsMapped(const Id& id);
Id MapV4(const uint8_t* four);

/** kAccepted, or why the datagram is no frame. Checks lengths, magic and version; not the MAC. */
Reason ParseHeader(Bytes datagram, Header* header);

/** The part of a frame that the MAC covers, and the MAC. The frame must have passed ParseHeader. */
inline Bytes SealedPart(Bytes frame) {
  return frame.first(frame.size() - kMacBytes);
}
inline Bytes MacOf(Bytes frame) {
  return frame.last(kMacBytes);
}

/** Whether the TLVs of an authentic frame are well-formed. */
bool ParseBody(Bytes frame, const Header& header, Body* body);

/** Takes the first entry off a HEARD value; false: it is empty or malformed (never so after
 * ParseBody). */
bool TakeHeardEntry(Bytes* heard, HeardEntry* entry);

/** Bytes of an entry for this host. */
size_t HeardEntryBytes(const Id& host);
void WriteHeardEntry(const HeardEntry& entry, Writer* writer);

/** Writes a frame up to its MAC. `buffer` has room for kMaxFrameBytes; the caller keeps to the
 * limits. */
class FrameWriter {
 public:
  FrameWriter(uint8_t* buffer, const Header& header);

  void AddTlv(TlvType type, Bytes first, Bytes second = {});
  /** Writes the length; returns the part that the MAC has to cover. The MAC belongs right behind
   * it. */
  Bytes Finish();

 private:
  uint8_t* buffer_;
  Writer writer_;
};

}  // namespace raisd::heartbeat

#endif  // RAISD_HEARTBEAT_FRAME_H_
