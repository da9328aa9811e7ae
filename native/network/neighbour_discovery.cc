#include "neighbour_discovery.h"

#include <linux/if_ether.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>

#include <algorithm>

namespace raisd {

namespace {

constexpr size_t kIp6Header = kEthernetHeaderBytes;
constexpr size_t kIp6HeaderBytes = 40;
constexpr size_t kSource = kIp6Header + 8;
constexpr size_t kMessage = kIp6Header + kIp6HeaderBytes;
constexpr size_t kChecksum = kMessage + 2;
// Type, code, checksum, flags, target.
constexpr size_t kFixedBytes = 24;
constexpr size_t kOptionBytes = 8;
constexpr uint8_t kHopLimit = 255;
constexpr uint32_t kOverride = 0x20000000;

constexpr Address kUnspecified = {.length = 16, .bytes = {}};
constexpr Address kAllNodes = {.length = 16,
                               .bytes = {0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};

Address SolicitedNode(const Address& address) {
  Address group = {.length = 16, .bytes = {0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff}};
  std::copy_n(address.bytes.begin() + 13, 3, group.bytes.begin() + 13);
  return group;
}

// RFC 2464 section 7.
HardwareAddress MulticastHardware(const Address& group) {
  return {0x33, 0x33, group.bytes[12], group.bytes[13], group.bytes[14], group.bytes[15]};
}

struct Discovery {
  uint8_t type = 0;
  uint32_t flags = 0;
  Address source;
  Address destination;
  Address target;
  // Type of the option that carries our hardware address; 0: none.
  uint8_t option = 0;
};

Frame BuildDiscovery(const HardwareAddress& self, const Discovery& discovery) {
  const size_t length = kFixedBytes + (discovery.option == 0 ? 0 : kOptionBytes);
  Frame frame(MulticastHardware(discovery.destination), self, ETH_P_IPV6);
  frame.AppendU32(0x60000000);
  frame.AppendU16(static_cast<uint16_t>(length));
  frame.AppendU8(IPPROTO_ICMPV6);
  frame.AppendU8(kHopLimit);
  frame.Append(discovery.source.bytes);
  frame.Append(discovery.destination.bytes);
  frame.AppendU8(discovery.type);
  frame.AppendU8(0);
  frame.AppendU16(0);
  frame.AppendU32(discovery.flags);
  frame.Append(discovery.target.bytes);
  if (discovery.option != 0) {
    frame.AppendU8(discovery.option);
    frame.AppendU8(kOptionBytes / 8);
    frame.Append(self);
  }
  const std::span<const uint8_t> bytes = frame.bytes();
  frame.StoreU16(kChecksum, Icmp6Checksum(bytes.subspan(kSource, 32), bytes.subspan(kMessage)));
  return frame;
}

uint64_t Sum(std::span<const uint8_t> bytes) {
  uint64_t sum = 0;
  for (size_t i = 0; i + 1 < bytes.size(); i += 2)
    sum += static_cast<uint64_t>(bytes[i] << 8 | bytes[i + 1]);
  if (bytes.size() % 2 != 0) sum += static_cast<uint64_t>(bytes.back() << 8);
  return sum;
}

// The ICMPv6 message of a frame that passes the common checks of RFC 4861 section 7.1; empty if it
// does not.
std::span<const uint8_t> DiscoveryMessage(std::span<const uint8_t> frame) {
  if (frame.size() < kMessage + kFixedBytes) return {};
  if (frame[12] != ETH_P_IPV6 >> 8 || frame[13] != (ETH_P_IPV6 & 0xff)) return {};
  if (frame[kIp6Header] >> 4 != 6 || frame[kIp6Header + 6] != IPPROTO_ICMPV6) return {};
  if (frame[kIp6Header + 7] != kHopLimit) return {};
  const size_t length = static_cast<size_t>(frame[kIp6Header + 4] << 8 | frame[kIp6Header + 5]);
  if (length < kFixedBytes || length > frame.size() - kMessage) return {};
  const std::span<const uint8_t> message = frame.subspan(kMessage, length);
  if (message[1] != 0 || Icmp6Checksum(frame.subspan(kSource, 32), message) != 0) return {};
  return message;
}

// The hardware address in the option of this type, or the frame's sender where there is none.
// Nothing where an option has length 0: such a message is dropped as a whole.
std::optional<HardwareAddress> ReadOption(std::span<const uint8_t> frame,
                                          std::span<const uint8_t> options, uint8_t type) {
  HardwareAddress hardware{};
  std::copy_n(frame.begin() + 6, 6, hardware.begin());
  while (options.size() >= 2) {
    const size_t length = size_t{options[1]} * 8;
    if (length == 0 || length > options.size()) return std::nullopt;
    if (options[0] == type) {
      std::copy_n(options.begin() + 2, 6, hardware.begin());
      return hardware;
    }
    options = options.subspan(length);
  }
  return hardware;
}

}  // namespace

uint16_t Icmp6Checksum(std::span<const uint8_t> source_and_destination,
                       std::span<const uint8_t> message) {
  uint64_t sum = Sum(source_and_destination) + Sum(message) + message.size() + IPPROTO_ICMPV6;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(~sum);
}

Frame BuildNeighbourAdvertisement(const HardwareAddress& self, const Address& address) {
  return BuildDiscovery(self, {.type = ND_NEIGHBOR_ADVERT,
                               .flags = kOverride,
                               .source = address,
                               .destination = kAllNodes,
                               .target = address,
                               .option = ND_OPT_TARGET_LINKADDR});
}

Frame BuildNeighbourSolicitation(const HardwareAddress& self, const std::optional<Address>& source,
                                 const Address& address) {
  // RFC 4861 section 4.3: no source option with the unspecified address.
  return BuildDiscovery(self, {.type = ND_NEIGHBOR_SOLICIT,
                               .flags = 0,
                               .source = source.value_or(kUnspecified),
                               .destination = SolicitedNode(address),
                               .target = address,
                               .option = source ? uint8_t{ND_OPT_SOURCE_LINKADDR} : uint8_t{0}});
}

std::optional<Claim> ParseNeighbourClaim(std::span<const uint8_t> frame) {
  const std::span<const uint8_t> message = DiscoveryMessage(frame);
  if (message.empty()) return std::nullopt;
  const bool advertisement = message[0] == ND_NEIGHBOR_ADVERT;
  if (!advertisement && message[0] != ND_NEIGHBOR_SOLICIT) return std::nullopt;
  Claim claim;
  claim.address.length = 16;
  const std::span<const uint8_t> named =
      advertisement ? message.subspan(8, 16) : frame.subspan(kSource, 16);
  std::copy(named.begin(), named.end(), claim.address.bytes.begin());
  if (claim.address == kUnspecified) return std::nullopt;
  const uint8_t option = advertisement ? ND_OPT_TARGET_LINKADDR : ND_OPT_SOURCE_LINKADDR;
  const auto hardware = ReadOption(frame, message.subspan(kFixedBytes), option);
  if (!hardware) return std::nullopt;
  claim.hardware_address = *hardware;
  return claim;
}

}  // namespace raisd
