// The messages of src/ipc/heartbeat-messages.md, control's packets in and heartbeat's packets out.

#ifndef RAISD_HEARTBEAT_LINK_MESSAGES_H_
#define RAISD_HEARTBEAT_LINK_MESSAGES_H_

#include <cstdint>
#include <variant>

#include "bytes.h"
#include "group.h"

namespace raisd::heartbeat {

struct PublishMessage {
  bool urgent = false;
  uint64_t tag = 0;
  /** Flags, term and info version. */
  Header state;
  Bytes snapshot;
};

struct CommandMessage {
  uint8_t type = 0;
  uint64_t tag = 0;
  Bytes command;
};

struct PermitMessage {
  uint32_t milliseconds = 0;
};

struct SyncMessage {
  uint32_t token = 0;
};

/** `peers`: kPeerBytes each, interface and address. */
struct PeersMessage {
  uint64_t tag = 0;
  Bytes peers;
};

constexpr size_t kPeerBytes = 17;

/** R52: control has given up what the group's addresses lived on; its lease may run again. */
struct ReopenMessage {
  uint64_t tag = 0;
  /** Which end of the lease control knows of, by the report's count. */
  uint32_t lapse = 0;
};

/** monostate: not a message; control has a bug. */
using ControlMessage = std::variant<std::monostate, PublishMessage, CommandMessage, PermitMessage,
                                    SyncMessage, PeersMessage, ReopenMessage>;

/** The message in a packet; views into it. */
ControlMessage DecodeControlMessage(Bytes packet);

/** The largest packet that is sent to control: the report of a full table. */
constexpr size_t kReportHeaderBytes = 24;
constexpr size_t kReportHostBytes = 58;
constexpr size_t kMaxReportBytes =
    kReportHeaderBytes + kMaxHosts * (kReportHostBytes + 8 * kMaxInterfaces);

/** What a report says of this host's own group. */
struct Moment {
  uint64_t tag = 0;
  uint64_t at = 0;
  /** R52: its lease has ended, for the how manieth time; 0: it runs. */
  uint32_t lapse = 0;
};

// Each writes a packet to `out`, which has room for kMaxReportBytes, and returns its bytes.
size_t EncodeFrame(const Reception& reception, uint8_t interface, uint64_t at, uint8_t* out);
size_t EncodeReport(const Moment& moment, const HostTable& table, uint8_t interfaces, uint8_t* out);
size_t EncodeSynced(uint32_t token, uint8_t* out);
size_t EncodeCounters(uint64_t tag, const Counters& counters, uint8_t* out);
size_t EncodeConflict(uint64_t tag, Conflict conflict, const Id& source, uint8_t* out);

}  // namespace raisd::heartbeat

#endif  // RAISD_HEARTBEAT_LINK_MESSAGES_H_
