// Sends frames on any interface through one AF_PACKET socket that receives nothing.
#pragma once

#include <span>
#include <vector>

#include "descriptor.h"
#include "frame.h"

namespace raisd {

struct OutgoingFrame {
  int index = 0;
  Frame frame;
};

class PacketTransmitter {
 public:
  // Needs CAP_NET_RAW. Returns 0 or errno.
  int Open();

  // Sends all of them without waiting. One errno a frame, 0 where the kernel took it: ENETDOWN,
  // ENXIO or ENODEV where the interface is down or gone, EAGAIN or ENOBUFS where its queue is full.
  std::vector<int> Send(std::span<const OutgoingFrame> frames);

 private:
  Descriptor socket_;
};

}  // namespace raisd
