#include "packet_filter.h"

#include <linux/if_ether.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>

#include <cstdint>

namespace raisd {

namespace {

constexpr uint32_t kAccept = 0xffff;

// Jumps count the instructions that are skipped.
constexpr sock_filter kProgram[] = {
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<uint32_t>(SKF_AD_OFF + SKF_AD_VLAN_TAG)),
    BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x0fff, 9, 0),
    BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_ARP, 6, 0),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IPV6, 0, 6),
    BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 20),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_ICMPV6, 0, 4),
    BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 54),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ND_NEIGHBOR_SOLICIT, 1, 0),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ND_NEIGHBOR_ADVERT, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, kAccept),
    BPF_STMT(BPF_RET | BPF_K, 0),
};

}  // namespace

std::span<const sock_filter> NeighbourFilter() {
  return kProgram;
}

}  // namespace raisd
