#include "interface_event.h"

#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

#include "address_batch.h"

namespace raisd {

namespace {

template <typename Value>
bool ReadValue(std::span<const uint8_t> bytes, Value* value) {
  if (bytes.size() < sizeof *value) return false;
  std::memcpy(value, bytes.data(), sizeof *value);
  return true;
}

std::span<const uint8_t> BehindHeader(std::span<const uint8_t> payload, size_t header) {
  return payload.subspan(std::min(size_t{NLMSG_ALIGN(header)}, payload.size()));
}

std::string ReadName(std::span<const uint8_t> value) {
  const auto end = std::find(value.begin(), value.end(), 0);
  return std::string(value.begin(), end);
}

std::optional<InterfaceEvent> ParseLink(const NetlinkMessage& message) {
  ifinfomsg header{};
  if (!ReadValue(message.payload, &header)) return std::nullopt;
  // A port that leaves its bridge is told as RTM_DELLINK of family AF_BRIDGE: no link is gone then.
  if (header.ifi_family != AF_UNSPEC) return std::nullopt;
  LinkEvent link;
  link.deleted = message.header.nlmsg_type == RTM_DELLINK;
  link.index = header.ifi_index;
  link.up = (header.ifi_flags & IFF_UP) != 0 && (header.ifi_flags & IFF_LOWER_UP) != 0;
  AttributeReader attributes(BehindHeader(message.payload, sizeof header));
  for (Attribute attribute; attributes.Next(&attribute);) {
    if (attribute.type == IFLA_IFNAME) link.name = ReadName(attribute.value);
    if (attribute.type == IFLA_ADDRESS && header.ifi_type == ARPHRD_ETHER &&
        attribute.value.size() == std::tuple_size_v<HardwareAddress>) {
      HardwareAddress hardware{};
      std::copy(attribute.value.begin(), attribute.value.end(), hardware.begin());
      link.hardware_address = hardware;
    }
  }
  if (link.name.empty()) return std::nullopt;
  return link;
}

bool ReadAddress(std::span<const uint8_t> value, size_t length, Address* address) {
  if (value.size() != length) return false;
  address->length = length;
  std::copy(value.begin(), value.end(), address->bytes.begin());
  return true;
}

std::optional<InterfaceEvent> ParseAddress(const NetlinkMessage& message) {
  ifaddrmsg header{};
  if (!ReadValue(message.payload, &header)) return std::nullopt;
  if (header.ifa_family != AF_INET && header.ifa_family != AF_INET6) return std::nullopt;
  const size_t length = header.ifa_family == AF_INET6 ? 16 : 4;
  AddressEvent event;
  event.deleted = message.header.nlmsg_type == RTM_DELADDR;
  event.index = static_cast<int>(header.ifa_index);
  event.prefix = header.ifa_prefixlen;
  uint32_t flags = header.ifa_flags;
  bool local = false;
  AttributeReader attributes(BehindHeader(message.payload, sizeof header));
  for (Attribute attribute; attributes.Next(&attribute);) {
    // On a point-to-point link IFA_ADDRESS is the other end; IPv6 sends no IFA_LOCAL elsewhere.
    if (attribute.type == IFA_LOCAL) local = ReadAddress(attribute.value, length, &event.address);
    if (attribute.type == IFA_ADDRESS && !local)
      ReadAddress(attribute.value, length, &event.address);
    if (attribute.type == IFA_FLAGS) ReadValue(attribute.value, &flags);
    if (attribute.type == IFA_PROTO && attribute.value.size() == 1) {
      event.tagged = attribute.value[0] == kAddressTag;
    }
  }
  if (event.address.length == 0) return std::nullopt;
  event.usable = (flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED)) == 0;
  return event;
}

}  // namespace

std::optional<InterfaceEvent> ParseInterfaceEvent(const NetlinkMessage& message) {
  switch (message.header.nlmsg_type) {
    case RTM_NEWLINK:
    case RTM_DELLINK:
      return ParseLink(message);
    case RTM_NEWADDR:
    case RTM_DELADDR:
      return ParseAddress(message);
    default:
      return std::nullopt;
  }
}

}  // namespace raisd
