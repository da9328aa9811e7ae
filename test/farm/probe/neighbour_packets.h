// The two questions "who has this address?" (ARP request, RFC 826; neighbour solicitation, RFC
// 4861) as whole Ethernet frames, and their answers taken apart. Pure bytes, no socket.
//
// Each question carries a tag in the place of the asker's MAC address, and an answer goes to the
// MAC that asked: so it is known which question an answer belongs to, and that one question was
// answered twice.

#ifndef RAISD_TEST_FARM_PROBE_NEIGHBOUR_PACKETS_H_
#define RAISD_TEST_FARM_PROBE_NEIGHBOUR_PACKETS_H_

#include <netinet/in.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

using Mac = std::array<uint8_t, 6>;

struct NeighbourAnswer {
  bool v6;
  std::array<uint8_t, 16> address;  // IPv4: the first four bytes
  Mac from;
  uint32_t tag;
};

// The locally administered MAC that stands for a tag, and the tag of such a MAC.
Mac MacOfTag(uint32_t tag);
std::optional<uint32_t> TagOfMac(const Mac& mac);

std::string TextOfMac(const Mac& mac);

std::vector<uint8_t> ArpRequest(uint32_t tag, in_addr from, in_addr asked);
std::vector<uint8_t> NeighbourSolicitation(uint32_t tag, const in6_addr& from,
                                           const in6_addr& asked);

// An ARP reply or a neighbour advertisement that answers a tagged question; anything else is none.
std::optional<NeighbourAnswer> ParseAnswer(const uint8_t* frame, size_t size);

#endif  // RAISD_TEST_FARM_PROBE_NEIGHBOUR_PACKETS_H_
