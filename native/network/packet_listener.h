// Hears who answers for, or announces, one of the watched addresses on one interface.
#pragma once

#include <unordered_set>
#include <vector>

#include "descriptor.h"
#include "frame.h"

namespace raisd {

class PacketListener {
 public:
  // Needs CAP_NET_RAW. Returns 0 or errno (ENODEV: no such interface).
  int Open(int index);
  void Close() { socket_.Close(); }
  int descriptor() const { return socket_.get(); }

  void Watch(const Address& address) { watched_.insert(address); }
  void Unwatch(const Address& address) { watched_.erase(address); }

  // The claims on watched addresses among what has come, own frames excluded, up to kFramesPerRead
  // frames: more stays in the socket, whose overflow the kernel drops. An interface that goes down
  // is survived.
  void Read(std::vector<Claim>* claims);

  static constexpr int kFramesPerRead = 512;

 private:
  Descriptor socket_;
  std::unordered_set<Address, AddressHash> watched_;
};

}  // namespace raisd
