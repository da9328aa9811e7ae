// What a listener wants of everything that arrives at a service interface.
#pragma once

#include <linux/filter.h>

#include <span>

namespace raisd {

// ARP of any kind, and ICMPv6 neighbour solicitations and advertisements; untagged frames only,
// because a parent interface also sees what belongs to its VLANs.
std::span<const sock_filter> NeighbourFilter();

}  // namespace raisd
