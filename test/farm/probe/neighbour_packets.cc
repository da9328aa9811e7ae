#include "neighbour_packets.h"

#include <algorithm>
#include <cstring>

namespace {

constexpr size_t kEthernetBytes = 14;
constexpr size_t kArpBytes = 28;
constexpr size_t kIpv6Bytes = 40;
constexpr size_t kSolicitationBytes = 32;  // with the source link-layer address option
constexpr uint8_t kTagPrefix[2] = {0x02, 0x77};

void PutEthernet(uint8_t* frame, const Mac& to, const Mac& from, uint16_t type) {
  std::copy(to.begin(), to.end(), frame);
  std::copy(from.begin(), from.end(), frame + 6);
  frame[12] = static_cast<uint8_t>(type >> 8);
  frame[13] = static_cast<uint8_t>(type);
}

Mac MacAt(const uint8_t* bytes) {
  Mac mac;
  std::copy(bytes, bytes + 6, mac.begin());
  return mac;
}

// RFC 4443 section 2.3: over the pseudo-header and the message, whose checksum field is zero.
uint16_t Icmp6Checksum(const uint8_t* addresses, const uint8_t* message, size_t size) {
  uint32_t sum = static_cast<uint32_t>(size) + IPPROTO_ICMPV6;
  for (size_t i = 0; i < 32; i += 2) sum += addresses[i] << 8 | addresses[i + 1];
  for (size_t i = 0; i < size; i += 2) sum += message[i] << 8 | message[i + 1];
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(~sum);
}

std::optional<NeighbourAnswer> ParseArp(const uint8_t* frame, size_t size) {
  if (size < kEthernetBytes + kArpBytes) return std::nullopt;
  const uint8_t* arp = frame + kEthernetBytes;
  const uint8_t header[] = {0, 1, 8, 0, 6, 4, 0, 2};
  if (memcmp(arp, header, sizeof header) != 0) return std::nullopt;
  const std::optional<uint32_t> tag = TagOfMac(MacAt(arp + 18));
  if (!tag) return std::nullopt;
  NeighbourAnswer answer{false, {}, MacAt(arp + 8), *tag};
  std::copy(arp + 14, arp + 18, answer.address.begin());
  return answer;
}

std::optional<NeighbourAnswer> ParseAdvertisement(const uint8_t* frame, size_t size) {
  if (size < kEthernetBytes + kIpv6Bytes + 24) return std::nullopt;
  const uint8_t* ip = frame + kEthernetBytes;
  const uint8_t* icmp = ip + kIpv6Bytes;
  if (ip[6] != IPPROTO_ICMPV6 || ip[7] != 255 || icmp[0] != 136) return std::nullopt;
  const std::optional<uint32_t> tag = TagOfMac(MacAt(frame));
  if (!tag) return std::nullopt;
  NeighbourAnswer answer{true, {}, MacAt(frame + 6), *tag};
  std::copy(icmp + 8, icmp + 24, answer.address.begin());
  return answer;
}

}  // namespace

Mac MacOfTag(uint32_t tag) {
  return Mac{kTagPrefix[0],
             kTagPrefix[1],
             static_cast<uint8_t>(tag >> 24),
             static_cast<uint8_t>(tag >> 16),
             static_cast<uint8_t>(tag >> 8),
             static_cast<uint8_t>(tag)};
}

std::optional<uint32_t> TagOfMac(const Mac& mac) {
  if (mac[0] != kTagPrefix[0] || mac[1] != kTagPrefix[1]) return std::nullopt;
  return static_cast<uint32_t>(mac[2]) << 24 | static_cast<uint32_t>(mac[3]) << 16 |
         static_cast<uint32_t>(mac[4]) << 8 | mac[5];
}

std::string TextOfMac(const Mac& mac) {
  char text[18];
  snprintf(text, sizeof text, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3],
           mac[4], mac[5]);
  return text;
}

std::vector<uint8_t> ArpRequest(uint32_t tag, in_addr from, in_addr asked) {
  std::vector<uint8_t> frame(kEthernetBytes + kArpBytes);
  const Mac self = MacOfTag(tag);
  PutEthernet(frame.data(), Mac{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, self, 0x0806);
  uint8_t* arp = frame.data() + kEthernetBytes;
  const uint8_t header[] = {0, 1, 8, 0, 6, 4, 0, 1};
  memcpy(arp, header, sizeof header);
  std::copy(self.begin(), self.end(), arp + 8);
  memcpy(arp + 14, &from, 4);
  memcpy(arp + 24, &asked, 4);
  return frame;
}

std::vector<uint8_t> NeighbourSolicitation(uint32_t tag, const in6_addr& from,
                                           const in6_addr& asked) {
  std::vector<uint8_t> frame(kEthernetBytes + kIpv6Bytes + kSolicitationBytes);
  const Mac self = MacOfTag(tag);
  const uint8_t* low = asked.s6_addr + 13;
  PutEthernet(frame.data(), Mac{0x33, 0x33, 0xff, low[0], low[1], low[2]}, self, 0x86dd);
  uint8_t* ip = frame.data() + kEthernetBytes;
  ip[0] = 0x60;
  ip[5] = kSolicitationBytes;
  ip[6] = IPPROTO_ICMPV6;
  ip[7] = 255;
  memcpy(ip + 8, &from, 16);
  const uint8_t solicited_node[] = {0xff, 2, 0, 0, 0,    0,      0,      0,
                                    0,    0, 0, 1, 0xff, low[0], low[1], low[2]};
  memcpy(ip + 24, solicited_node, 16);
  uint8_t* icmp = ip + kIpv6Bytes;
  icmp[0] = 135;
  memcpy(icmp + 8, &asked, 16);
  icmp[24] = 1;  // option: source link-layer address, one unit of 8 bytes
  icmp[25] = 1;
  std::copy(self.begin(), self.end(), icmp + 26);
  const uint16_t checksum = Icmp6Checksum(ip + 8, icmp, kSolicitationBytes);
  icmp[2] = static_cast<uint8_t>(checksum >> 8);
  icmp[3] = static_cast<uint8_t>(checksum);
  return frame;
}

std::optional<NeighbourAnswer> ParseAnswer(const uint8_t* frame, size_t size) {
  if (size < kEthernetBytes) return std::nullopt;
  const int type = frame[12] << 8 | frame[13];
  if (type == 0x0806) return ParseArp(frame, size);
  if (type == 0x86dd) return ParseAdvertisement(frame, size);
  return std::nullopt;
}
