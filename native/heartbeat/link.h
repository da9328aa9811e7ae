// The control link: a SOCK_SEQPACKET socket to the control process, served by the real-time thread
// itself. Nothing waits here: what control is too busy to take is refused, and the caller knows how
// to say it later.

#ifndef RAISD_HEARTBEAT_LINK_H_
#define RAISD_HEARTBEAT_LINK_H_

#include <array>
#include <cstdint>

#include "bytes.h"
#include "limits.h"
#include "link_messages.h"
#include "socket_io.h"

namespace raisd::heartbeat {

enum class LinkRead { kPacket, kNothing, kClosed };
/** kFailed: control is gone, or can never take such a packet. */
enum class LinkSend { kSent, kBusy, kFailed };

class Link {
 public:
  /** Makes a descriptor fit for Open: 0 or errno. */
  static int Prepare(int fd);
  void Open(Descriptor socket);
  void Close() { socket_ = Descriptor(); }
  int fd() const { return socket_.get(); }
  bool is_open() const { return socket_.valid(); }

  /** The next packet; valid until the next Read. `at` is when control sent it. */
  LinkRead Read(Bytes* packet, uint64_t* at);

  LinkSend Send(Bytes packet);
  /** Room for one packet to send. */
  uint8_t* out() { return out_.data(); }

 private:
  Descriptor socket_;
  uint64_t empty_at_ = 0;
  // Room for a stamp and no more: a descriptor that control passes by mistake is not taken in.
  alignas(cmsghdr) std::array<uint8_t, CMSG_SPACE(sizeof(timespec))> control_ = {};
  std::array<uint8_t, kMaxLinkBytes> in_ = {};
  std::array<uint8_t, kMaxReportBytes> out_ = {};
};

}  // namespace raisd::heartbeat

#endif  // RAISD_HEARTBEAT_LINK_H_
