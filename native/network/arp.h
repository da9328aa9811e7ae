// ARP over Ethernet (RFC 826, RFC 5227).
#pragma once

#include <optional>
#include <span>

#include "frame.h"

namespace raisd {

// Some equipment listens to requests only, some to replies only: announce in both forms.
enum class ArpForm { kRequest, kReply };

// A gratuitous ARP: sender and target are `address`, to everybody.
Frame BuildArpAnnouncement(ArpForm form, const HardwareAddress& self, const Address& address);

// RFC 5227 section 2.1.1: a request from 0.0.0.0, so that nobody learns anything from it.
Frame BuildArpProbe(const HardwareAddress& self, const Address& address);

// What a request or reply claims of its sender. Nothing for a probe, which claims nothing.
std::optional<Claim> ParseArpClaim(std::span<const uint8_t> frame);

}  // namespace raisd
