// Whether an address still stands on an interface, without a list of all that there are.

#ifndef RAISD_PROCESS_LOCAL_ADDRESS_H_
#define RAISD_PROCESS_LOCAL_ADDRESS_H_

#include <string>

namespace raisd {

/**
 * However many addresses the host has, it costs the same. False as well where nothing can be found
 * out, or while the interface is down: then the list has to be looked at.
 */
bool IsLocalAddress(const std::string& address, unsigned interface_index);

}  // namespace raisd

#endif  // RAISD_PROCESS_LOCAL_ADDRESS_H_
