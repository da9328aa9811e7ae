#include "destinations.h"

#include <algorithm>
#include <cstring>

#include "frame.h"

namespace raisd::heartbeat {

SocketAddress ToSocketAddress(const Id& address, uint16_t port, unsigned scope) {
  SocketAddress result = {};
  if (IsMapped(address)) {
    result.v4.sin_family = AF_INET;
    result.v4.sin_port = htons(port);
    std::memcpy(&result.v4.sin_addr, address.data() + 12, 4);
    return result;
  }
  result.v6.sin6_family = AF_INET6;
  result.v6.sin6_port = htons(port);
  std::memcpy(&result.v6.sin6_addr, address.data(), 16);
  if (IN6_IS_ADDR_LINKLOCAL(&result.v6.sin6_addr) || IN6_IS_ADDR_MULTICAST(&result.v6.sin6_addr))
    result.v6.sin6_scope_id = scope;
  return result;
}

Id FromSocketAddress(const SocketAddress& address) {
  if (address.base.sa_family == AF_INET)
    return MapV4(reinterpret_cast<const uint8_t*>(&address.v4.sin_addr));
  if (address.base.sa_family == AF_INET6) return LoadId(address.v6.sin6_addr.s6_addr);
  return {};
}

void Destinations::UseMulticast(const Id& address, uint16_t port) {
  is_multicast_ = true;
  multicast_ = address;
  port_ = port;
  provisional_ = {};
}

void Destinations::UseUnicast(const DestinationList& seeds, uint16_t port) {
  is_multicast_ = false;
  seeds_ = seeds;
  port_ = port;
  Merge();
}

void Destinations::SetLearned(const DestinationList& learned) {
  learned_ = learned;
  Merge();
}

void Destinations::Merge() {
  auto end = std::copy(seeds_.all().begin(), seeds_.all().end(), merged_.begin());
  end = std::copy(learned_.all().begin(), learned_.all().end(), end);
  std::sort(merged_.begin(), end);
  count_ = static_cast<size_t>(std::unique(merged_.begin(), end) - merged_.begin());
  provisional_.Drop([this](const Provisional& each) { return Has(each.destination); });
}

bool Destinations::Has(const Destination& destination) const {
  return std::binary_search(merged_.begin(), merged_.begin() + count_, destination);
}

void Destinations::Hear(const Destination& source, uint64_t at) {
  if (!is_multicast_ && !Has(source)) provisional_.Note(source, at);
}

void Destinations::Tick(uint64_t now, uint64_t interval) {
  const uint64_t span = ProvisionalSpan(interval);
  provisional_.Drop([&](const Provisional& each) { return each.heard_at + span < now; });
}

}  // namespace raisd::heartbeat
