// Where a group's frames go: to the group address on every interface, or (R60) to unicast peers,
// each over the interface that it was named with. Seeds come from the configuration, learned peers
// from control, and provisional ones from those who speak to us and are neither.

#ifndef RAISD_HEARTBEAT_DESTINATIONS_H_
#define RAISD_HEARTBEAT_DESTINATIONS_H_

#include <netinet/in.h>

#include <array>
#include <cstdint>
#include <span>

#include "bytes.h"
#include "destination.h"
#include "limits.h"
#include "provisional.h"

namespace raisd::heartbeat {

/** An IPv4 or IPv6 socket address. */
union SocketAddress {
  sockaddr base;
  sockaddr_in v4;
  sockaddr_in6 v6;

  socklen_t size() const { return base.sa_family == AF_INET ? sizeof v4 : sizeof v6; }
};

/** `scope` is the interface's index: link-local and multicast addresses of IPv6 need one. */
SocketAddress ToSocketAddress(const Id& address, uint16_t port, unsigned scope);
Id FromSocketAddress(const SocketAddress& address);

/** At most kMaxDestinations of them; more are ignored. */
class DestinationList {
 public:
  void Clear() { count_ = 0; }
  void Add(const Destination& destination) {
    if (count_ < kMaxDestinations) all_[count_++] = destination;
  }
  std::span<const Destination> all() const { return {all_.data(), count_}; }

 private:
  std::array<Destination, kMaxDestinations> all_ = {};
  size_t count_ = 0;
};

class Destinations {
 public:
  /** Every interface sends to this one address. */
  void UseMulticast(const Id& address, uint16_t port);
  /** R60. */
  void UseUnicast(const DestinationList& seeds, uint16_t port);
  /** Replaces the learned peers. Without effect under multicast. */
  void SetLearned(const DestinationList& learned);
  /** An authentic frame, no repetition, came from there. Without effect under multicast. */
  void Hear(const Destination& source, uint64_t at);
  /** With each heartbeat: drops the provisional ones that fell silent. */
  void Tick(uint64_t now, uint64_t interval);

  /** Calls `send(Id)` for each destination of the interface. */
  template <typename Send>
  void ForEach(uint8_t interface, const Send& send) const {
    if (is_multicast_) return send(multicast_);
    for (size_t index = 0; index < count_; index++) {
      if (merged_[index].interface == interface) send(merged_[index].address);
    }
    for (const Provisional& each : provisional_.all()) {
      if (each.destination.interface == interface) send(each.destination.address);
    }
  }

  uint16_t port() const { return port_; }

 private:
  void Merge();
  bool Has(const Destination& destination) const;

  bool is_multicast_ = false;
  Id multicast_ = {};
  uint16_t port_ = 0;
  DestinationList seeds_;
  DestinationList learned_;
  /** Seeds and learned peers, each once, in order. */
  std::array<Destination, 2 * kMaxDestinations> merged_ = {};
  size_t count_ = 0;
  /** None of them is among the merged ones. */
  ProvisionalList provisional_;
};

}  // namespace raisd::heartbeat

#endif  // RAISD_HEARTBEAT_DESTINATIONS_H_
