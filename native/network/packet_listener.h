// Hears who answers for, or announces, one of the watched addresses on one interface.
#pragma once

#include <span>
#include <vector>

#include "descriptor.h"
#include "frame.h"
#include "packet_filter.h"

namespace raisd {

class PacketListener {
 public:
  // Needs CAP_NET_RAW. Returns 0 or errno (ENODEV: no such interface).
  int Open(int index);
  void Close() { socket_.Close(); }
  int descriptor() const { return socket_.get(); }

  // 0 or errno (ENOMEM): then the address may not be heard of.
  int Watch(const Address& address);
  void Unwatch(const Address& address) { watched_.erase(address); }

  // The claims on watched addresses among what has come, own frames excluded, up to kFramesPerRead
  // frames: more stays in the socket, whose overflow the kernel drops. An interface that goes down
  // is survived.
  void Read(std::vector<Claim>* claims);

  static constexpr int kFramesPerRead = 512;

 private:
  int Attach(std::span<const sock_filter> filter);
  void Narrow();

  Descriptor socket_;
  AddressSet watched_;
  // Frames that were of no interest since the last address was added.
  int unwanted_ = 0;
  // Frames about other addresses do not get as far as this process: it would be woken by each
  // question of a whole segment who has some address.
  bool is_narrow_ = false;
};

}  // namespace raisd
