// IPv6 neighbour discovery over Ethernet (RFC 4861).
#pragma once

#include <optional>
#include <span>

#include "frame.h"

namespace raisd {

// RFC 4861 section 7.2.6: to all nodes, override set, solicited clear, hop limit 255.
Frame BuildNeighbourAdvertisement(const HardwareAddress& self, const Address& address);

// RFC 4861 section 7.2.2, to the solicited-node group of `address`. With a source (this interface's
// link-local address) the answer comes to us alone; without one it is the form of duplicate address
// detection, answered to all nodes.
Frame BuildNeighbourSolicitation(const HardwareAddress& self, const std::optional<Address>& source,
                                 const Address& address);

// What an advertisement claims of its target, or a solicitation of its source. Nothing for what
// fails RFC 4861 section 7.1 (hop limit, checksum, lengths), nor for a solicitation from the
// unspecified address.
std::optional<Claim> ParseNeighbourClaim(std::span<const uint8_t> frame);

// The checksum of an ICMPv6 message with its pseudo header, with the checksum field as it stands: 0
// means that a received message is whole.
uint16_t Icmp6Checksum(std::span<const uint8_t> source_and_destination,
                       std::span<const uint8_t> message);

}  // namespace raisd
