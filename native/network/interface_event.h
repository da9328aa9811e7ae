// What rtnetlink tells of links and addresses, in a dump or as news: the few facts that count here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "address.h"
#include "netlink_message.h"

namespace raisd {

struct LinkEvent {
  bool deleted = false;
  int index = 0;
  std::string name;
  // Carrier and IFF_UP (R54).
  bool up = false;
  // None where the link is not Ethernet.
  std::optional<HardwareAddress> hardware_address;
};

struct AddressEvent {
  bool deleted = false;
  int index = 0;
  Address address;
  uint8_t prefix = 0;
  // Bears the daemon's tag.
  bool tagged = false;
  // Neither tentative nor found to be a duplicate: fit to be a source address.
  bool usable = false;
};

using InterfaceEvent = std::variant<LinkEvent, AddressEvent>;

// Nothing for what is no link or address message, is cut short, or speaks of a bridge's ports.
std::optional<InterfaceEvent> ParseInterfaceEvent(const NetlinkMessage& message);

}  // namespace raisd
