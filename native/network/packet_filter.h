// What a listener wants of everything that arrives at a service interface.
#pragma once

#include <linux/filter.h>

#include <unordered_set>
#include <vector>

#include "address.h"

namespace raisd {

using AddressSet = std::unordered_set<Address, AddressHash>;

// ARP of any kind, and ICMPv6 neighbour solicitations and advertisements; untagged frames only,
// because a parent interface also sees what belongs to its VLANs.
std::vector<sock_filter> NeighbourFilter();

// Of these only what may claim one of the addresses: their last four bytes are compared. At most
// kMostNamed.
std::vector<sock_filter> NeighbourFilterFor(const AddressSet& addresses);

// Each costs an instruction a frame, and a jump reaches over 255 of them.
inline constexpr size_t kMostNamed = 128;

}  // namespace raisd
