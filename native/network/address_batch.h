// Service addresses as rtnetlink requests: many in one datagram, one acknowledgement at the end.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "address.h"

namespace raisd {

// Marks what this daemon configured (IFA_PROTO, Linux 5.18): only what bears it is ever removed.
inline constexpr uint8_t kAddressTag = 0x52;

enum class AddressOperation { kAdd, kRenew, kRemove };

struct AddressRequest {
  int index = 0;
  Address address;
};

// One message an address, numbered from `first_sequence` on, always /32 or /128. The last asks for
// an acknowledgement; the kernel reports the failure of any other on its own. `valid_seconds` (1 or
// more) is how long the kernel keeps an address that nobody renews (R52); ignored by kRemove.
std::vector<uint8_t> BuildAddressBatch(AddressOperation operation,
                                       std::span<const AddressRequest> requests,
                                       uint32_t first_sequence, uint32_t valid_seconds);

}  // namespace raisd
