#include "packet_filter.h"

#include <linux/if_ether.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>

#include <cstdint>
#include <set>

namespace raisd {

namespace {

constexpr uint32_t kAccept = 0xffff;

// Where the last four bytes of the address stand that a frame says something about (ParseArpClaim,
// ParseNeighbourClaim).
constexpr uint32_t kArpSender = 28;
constexpr uint32_t kSolicitationSource = 34;
constexpr uint32_t kAdvertisementTarget = 74;

constexpr uint32_t kVlan = static_cast<uint32_t>(SKF_AD_OFF + SKF_AD_VLAN_TAG);

// What the frame is, and the address that it says something about; what follows judges that. Jumps
// count the instructions that are skipped.
constexpr sock_filter kLoadAddress[] = {
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kVlan),
    BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x0fff, 8, 0),
    BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_ARP, 11, 0),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IPV6, 0, 5),
    BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 20),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_ICMPV6, 0, 3),
    BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 54),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ND_NEIGHBOR_SOLICIT, 2, 0),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ND_NEIGHBOR_ADVERT, 3, 0),
    BPF_STMT(BPF_RET | BPF_K, 0),
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kSolicitationSource),
    BPF_STMT(BPF_JMP | BPF_JA, 3),
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kAdvertisementTarget),
    BPF_STMT(BPF_JMP | BPF_JA, 1),
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kArpSender),
};

uint32_t LastBytes(const Address& address) {
  uint32_t value = 0;
  for (size_t i = address.length - 4U; i < address.length; i++)
    value = value << 8 | address.bytes[i];
  return value;
}

}  // namespace

std::vector<sock_filter> NeighbourFilter() {
  std::vector<sock_filter> program(std::begin(kLoadAddress), std::end(kLoadAddress));
  program.push_back(BPF_STMT(BPF_RET | BPF_K, kAccept));
  return program;
}

std::vector<sock_filter> NeighbourFilterFor(const AddressSet& addresses) {
  std::set<uint32_t> values;
  for (const Address& address : addresses) values.insert(LastBytes(address));
  std::vector<sock_filter> program(std::begin(kLoadAddress), std::end(kLoadAddress));
  auto left = static_cast<uint8_t>(values.size());
  for (const uint32_t value : values)
    program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, left--, 0));
  program.push_back(BPF_STMT(BPF_RET | BPF_K, 0));
  program.push_back(BPF_STMT(BPF_RET | BPF_K, kAccept));
  return program;
}

}  // namespace raisd
