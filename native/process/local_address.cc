#include "local_address.h"

#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <cstring>
#include <optional>

#include "descriptor.h"

namespace raisd {
namespace {

/** A binary address, and of which family it is. */
struct Target {
  uint8_t family = AF_UNSPEC;
  uint8_t bytes[sizeof(in6_addr)] = {};
  size_t size = 0;
};

std::optional<Target> Parse(const std::string& address) {
  Target target;
  if (inet_pton(AF_INET, address.c_str(), target.bytes) == 1) {
    target.family = AF_INET;
    target.size = sizeof(in_addr);
  } else if (inet_pton(AF_INET6, address.c_str(), target.bytes) == 1) {
    target.family = AF_INET6;
    target.size = sizeof(in6_addr);
  } else {
    return std::nullopt;
  }
  return target;
}

/** RTM_GETROUTE: by which route would something leave for the target over this interface? */
class RouteQuestion {
 public:
  RouteQuestion(const Target& target, uint32_t interface_index) {
    rtmsg route = {};
    route.rtm_family = target.family;
    route.rtm_dst_len = static_cast<uint8_t>(8 * target.size);
    std::memcpy(NLMSG_DATA(header()), &route, sizeof route);
    header()->nlmsg_len = NLMSG_LENGTH(sizeof route);
    header()->nlmsg_type = RTM_GETROUTE;
    header()->nlmsg_flags = NLM_F_REQUEST;
    Append(RTA_DST, target.bytes, target.size);
    Append(RTA_OIF, &interface_index, sizeof interface_index);
  }

  bool SendTo(int fd) {
    const ssize_t size = header()->nlmsg_len;
    return send(fd, bytes_, header()->nlmsg_len, 0) == size;
  }

 private:
  nlmsghdr* header() { return reinterpret_cast<nlmsghdr*>(bytes_); }

  void Append(uint16_t type, const void* value, size_t size) {
    auto* attribute = reinterpret_cast<rtattr*>(bytes_ + NLMSG_ALIGN(header()->nlmsg_len));
    attribute->rta_type = type;
    attribute->rta_len = static_cast<uint16_t>(RTA_LENGTH(size));
    std::memcpy(RTA_DATA(attribute), value, size);
    header()->nlmsg_len = NLMSG_ALIGN(header()->nlmsg_len) + RTA_ALIGN(attribute->rta_len);
  }

  alignas(nlmsghdr) uint8_t bytes_[128] = {};
};

/** The type of the route in the kernel's answer; RTN_UNSPEC: it knows none. */
uint8_t ReceiveRouteType(int fd) {
  alignas(nlmsghdr) uint8_t bytes[4096];
  const ssize_t size = recv(fd, bytes, sizeof bytes, 0);
  const auto* header = reinterpret_cast<const nlmsghdr*>(bytes);
  if (size < static_cast<ssize_t>(NLMSG_LENGTH(sizeof(rtmsg)))) return RTN_UNSPEC;
  if (header->nlmsg_type != RTM_NEWROUTE) return RTN_UNSPEC;
  return static_cast<const rtmsg*>(NLMSG_DATA(header))->rtm_type;
}

}  // namespace

/**
 * What is sent to an address of the interface's own does not leave the host: the kernel says so.
 * To bind a socket to it would not tell: with `ip_nonlocal_bind`, which hosts that share addresses
 * often have set, that works with any address.
 */
bool IsLocalAddress(const std::string& address, unsigned interface_index) {
  const std::optional<Target> target = Parse(address);
  if (!target) return false;
  const Descriptor asked(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  if (!asked.valid()) return false;
  RouteQuestion question(*target, interface_index);
  return question.SendTo(asked.get()) && ReceiveRouteType(asked.get()) == RTN_LOCAL;
}

}  // namespace raisd
