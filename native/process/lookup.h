// What the system knows by name: the addresses of an interface, users, groups.

#ifndef RAISD_PROCESS_LOOKUP_H_
#define RAISD_PROCESS_LOOKUP_H_

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace raisd {

struct InterfaceAddress {
  std::string address;
  int prefix = 0;
};

/**
 * The addresses of an interface in the kernel's order, whether or not it has carrier: a pulled
 * cable must not look like a missing address. Returns 0 or errno.
 */
int InterfaceAddresses(const std::string& interface, std::vector<InterfaceAddress>* addresses);

/** Up, and with carrier. Costs the same however many addresses the host has. */
bool IsInterfaceRunning(const std::string& interface);

struct User {
  uid_t uid = 0;
  gid_t gid = 0;
};

std::optional<User> LookupUser(const std::string& name);
std::optional<gid_t> LookupGroup(const std::string& name);

}  // namespace raisd

#endif  // RAISD_PROCESS_LOOKUP_H_
