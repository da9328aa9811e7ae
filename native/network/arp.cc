#include "arp.h"

#include <linux/if_arp.h>
#include <linux/if_ether.h>

#include <algorithm>

namespace raisd {

namespace {

constexpr size_t kArpBytes = 28;
constexpr size_t kSenderHardware = kEthernetHeaderBytes + 8;
constexpr size_t kSenderProtocol = kEthernetHeaderBytes + 14;

Frame BuildArp(uint16_t operation, const HardwareAddress& self, const Address& sender,
               const HardwareAddress& target_hardware, const Address& target) {
  Frame frame(kBroadcast, self, ETH_P_ARP);
  frame.AppendU16(ARPHRD_ETHER);
  frame.AppendU16(ETH_P_IP);
  frame.AppendU8(sizeof self);
  frame.AppendU8(4);
  frame.AppendU16(operation);
  frame.Append(self);
  frame.Append(std::span(sender.bytes).first(4));
  frame.Append(target_hardware);
  frame.Append(std::span(target.bytes).first(4));
  return frame;
}

uint16_t ReadU16(std::span<const uint8_t> bytes, size_t at) {
  return static_cast<uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}

}  // namespace

Frame BuildArpAnnouncement(ArpForm form, const HardwareAddress& self, const Address& address) {
  if (form == ArpForm::kRequest)
    return BuildArp(ARPOP_REQUEST, self, address, HardwareAddress{}, address);
  // Linux takes a reply for gratuitous only if its target hardware address is the sender's.
  return BuildArp(ARPOP_REPLY, self, address, self, address);
}

Frame BuildArpProbe(const HardwareAddress& self, const Address& address) {
  return BuildArp(ARPOP_REQUEST, self, Address{.length = 4, .bytes = {}}, HardwareAddress{},
                  address);
}

std::optional<Claim> ParseArpClaim(std::span<const uint8_t> frame) {
  if (frame.size() < kEthernetHeaderBytes + kArpBytes) return std::nullopt;
  if (ReadU16(frame, 12) != ETH_P_ARP || ReadU16(frame, 14) != ARPHRD_ETHER) return std::nullopt;
  if (ReadU16(frame, 16) != ETH_P_IP || frame[18] != 6 || frame[19] != 4) return std::nullopt;
  Claim claim;
  claim.address.length = 4;
  std::copy_n(frame.begin() + kSenderProtocol, 4, claim.address.bytes.begin());
  std::copy_n(frame.begin() + kSenderHardware, 6, claim.hardware_address.begin());
  if (claim.address == Address{.length = 4, .bytes = {}}) return std::nullopt;
  return claim;
}

}  // namespace raisd
