// The listening half of rtnetlink: news of links and addresses, and the knowledge that some was
// lost.
#pragma once

#include <cstdint>
#include <vector>

#include "descriptor.h"
#include "interface_event.h"

namespace raisd {

class NetlinkEvents {
 public:
  // Subscribes to links and to IPv4 and IPv6 addresses; non-blocking. Returns 0 or errno.
  int Open(int receive_buffer_bytes);
  void Close() { socket_.Close(); }
  int descriptor() const { return socket_.get(); }

  // Appends what has come, until nothing more is there. `overflowed`: news was lost, a dump must
  // tell what is true. Returns 0, or an errno that means that the socket is useless.
  int Read(std::vector<InterfaceEvent>* events, bool* overflowed);

 private:
  Descriptor socket_;
  std::vector<uint8_t> buffer_;
};

}  // namespace raisd
