// The kernel makes an IPv6 address of this host reachable only later than it says that it was
// added: a work queue enters the local route, and runs when whoever added the address, and all who
// come before it on that processor, let it (measured: up to 9 ms on a busy host, in which frames
// for the address were dropped). So a route of our own takes its place meanwhile. It ends by itself
// as soon as the kernel's must be there, and at the latest with the address.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "address_batch.h"

namespace raisd {

// How long it stays, in seconds; the work queue takes milliseconds. Shorter than the lifetime of
// an address (R52): what nobody renews does not outlive it in its route.
inline constexpr uint32_t kLocalRouteSeconds = 1;
// Behind the kernel's, which has metric 0.
inline constexpr uint32_t kLocalRouteMetric = 1024;

enum class RouteOperation { kAdd, kRemove };

// One message for each IPv6 address among `requests`, numbered from `first_sequence` on; the last
// asks for an acknowledgement. Only a route that this daemon added is removed.
std::vector<uint8_t> BuildLocalRoutes(RouteOperation operation,
                                      std::span<const AddressRequest> requests,
                                      uint32_t first_sequence);

}  // namespace raisd
