// Where a group's frames go: to the group address on every interface, or (R60) to unicast peers,
// each over the interface that it was named with. Seeds come from the configuration, learned peers
// from control.

#ifndef RAISD_HEARTBEAT_DESTINATIONS_H_
#define RAISD_HEARTBEAT_DESTINATIONS_H_

#include <netinet/in.h>

#include <array>
#include <compare>
#include <cstdint>
#include <span>

#include "bytes.h"
#include "limits.h"

namespace raisd::heartbeat {

struct Destination {
  uint8_t interface = 0;
  Id address = {};

  auto operator<=>(const Destination&) const = default;
};

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

  /** Calls `send(Id)` for each destination of the interface. */
  template <typename Send>
  void ForEach(uint8_t interface, const Send& send) const {
    if (is_multicast_) return send(multicast_);
    for (size_t index = 0; index < count_; index++) {
      if (merged_[index].interface == interface) send(merged_[index].address);
    }
  }

  uint16_t port() const { return port_; }

 private:
  void Merge();

  bool is_multicast_ = false;
  Id multicast_ = {};
  uint16_t port_ = 0;
  DestinationList seeds_;
  DestinationList learned_;
  /** Seeds and learned peers, each once. */
  std::array<Destination, 2 * kMaxDestinations> merged_ = {};
  size_t count_ = 0;
};

}  // namespace raisd::heartbeat

#endif  // RAISD_HEARTBEAT_DESTINATIONS_H_
