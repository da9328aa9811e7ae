#include "lookup.h"

#include <arpa/inet.h>
#include <errno.h>
#include <grp.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cstdint>
#include <cstring>

#include "descriptor.h"

namespace raisd {
namespace {

constexpr size_t kEntryBytes = 64 << 10;

int CountBits(const void* mask, size_t bytes) {
  int count = 0;
  for (size_t i = 0; i < bytes; i++) {
    count += __builtin_popcount(static_cast<const uint8_t*>(mask)[i]);
  }
  return count;
}

std::optional<InterfaceAddress> Format(const ifaddrs& entry) {
  char text[INET6_ADDRSTRLEN];
  const void* address;
  const void* mask;
  size_t bytes;
  if (entry.ifa_addr == nullptr || entry.ifa_netmask == nullptr) return std::nullopt;
  const int family = entry.ifa_addr->sa_family;
  if (family == AF_INET) {
    address = &reinterpret_cast<const sockaddr_in*>(entry.ifa_addr)->sin_addr;
    mask = &reinterpret_cast<const sockaddr_in*>(entry.ifa_netmask)->sin_addr;
    bytes = 4;
  } else if (family == AF_INET6) {
    address = &reinterpret_cast<const sockaddr_in6*>(entry.ifa_addr)->sin6_addr;
    mask = &reinterpret_cast<const sockaddr_in6*>(entry.ifa_netmask)->sin6_addr;
    bytes = 16;
  } else {
    return std::nullopt;
  }
  if (inet_ntop(family, address, text, sizeof text) == nullptr) return std::nullopt;
  return InterfaceAddress{text, CountBits(mask, bytes)};
}

}  // namespace

int InterfaceAddresses(const std::string& interface, std::vector<InterfaceAddress>* addresses) {
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) return errno;
  for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
    // Labels (`eth0:web`) are the kernel's old way to name addresses of eth0.
    const std::string name = entry->ifa_name;
    if (name.substr(0, name.find(':')) != interface) continue;
    if (const auto address = Format(*entry)) addresses->push_back(*address);
  }
  freeifaddrs(list);
  return 0;
}

bool IsInterfaceRunning(const std::string& interface) {
  ifreq request = {};
  if (interface.size() >= sizeof request.ifr_name) return false;
  interface.copy(request.ifr_name, interface.size());
  const Descriptor asked(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!asked.valid() || ioctl(asked.get(), SIOCGIFFLAGS, &request) != 0) return false;
  constexpr int kRunning = IFF_UP | IFF_RUNNING;
  return (request.ifr_flags & kRunning) == kRunning;
}

std::optional<User> LookupUser(const std::string& name) {
  std::vector<char> buffer(kEntryBytes);
  passwd entry;
  passwd* found = nullptr;
  if (getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found) != 0)
    return std::nullopt;
  if (found == nullptr) return std::nullopt;
  return User{found->pw_uid, found->pw_gid};
}

std::optional<gid_t> LookupGroup(const std::string& name) {
  std::vector<char> buffer(kEntryBytes);
  group entry;
  group* found = nullptr;
  if (getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found) != 0)
    return std::nullopt;
  if (found == nullptr) return std::nullopt;
  return found->gr_gid;
}

}  // namespace raisd
