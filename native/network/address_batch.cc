#include "address_batch.h"

#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "netlink_message.h"

namespace raisd {

namespace {

uint16_t FlagsOf(AddressOperation operation) {
  switch (operation) {
    case AddressOperation::kAdd:
      return NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL;
    case AddressOperation::kRenew:
      return NLM_F_REQUEST | NLM_F_REPLACE;
    case AddressOperation::kRemove:
      return NLM_F_REQUEST;
  }
  return NLM_F_REQUEST;
}

void AppendLifetime(NetlinkBuilder* builder, const Address& address, uint32_t valid_seconds) {
  // Preferred for 0 s: never the source address of this host's own connections.
  ifa_cacheinfo lifetime{};
  lifetime.ifa_valid = valid_seconds;
  builder->AppendAttribute(IFA_CACHEINFO, &lifetime, sizeof lifetime);
  builder->AppendAttribute(IFA_PROTO, &kAddressTag, sizeof kAddressTag);
  if (!address.IsV6()) return;
  // A takeover cannot wait for duplicate address detection; R61's probe does its work.
  const uint32_t flags = IFA_F_NODAD | IFA_F_NOPREFIXROUTE;
  builder->AppendAttribute(IFA_FLAGS, &flags, sizeof flags);
}

void AppendRequest(NetlinkBuilder* builder, AddressOperation operation,
                   const AddressRequest& request, uint32_t sequence, uint32_t valid_seconds) {
  const bool remove = operation == AddressOperation::kRemove;
  builder->Begin(remove ? RTM_DELADDR : RTM_NEWADDR, FlagsOf(operation), sequence);
  ifaddrmsg header{};
  header.ifa_family = request.address.IsV6() ? AF_INET6 : AF_INET;
  header.ifa_prefixlen = static_cast<uint8_t>(request.address.length * 8);
  header.ifa_scope = RT_SCOPE_UNIVERSE;
  header.ifa_index = static_cast<uint32_t>(request.index);
  builder->Append(&header, sizeof header);
  // Both: without IFA_ADDRESS the kernel ignores the prefix when it looks for what to delete, and
  // would take somebody else's 10.77.0.11/24.
  builder->AppendAttribute(IFA_LOCAL, request.address.bytes.data(), request.address.length);
  builder->AppendAttribute(IFA_ADDRESS, request.address.bytes.data(), request.address.length);
  if (!remove) AppendLifetime(builder, request.address, valid_seconds);
}

}  // namespace

std::vector<uint8_t> BuildAddressBatch(AddressOperation operation,
                                       std::span<const AddressRequest> requests,
                                       uint32_t first_sequence, uint32_t valid_seconds) {
  NetlinkBuilder builder;
  uint32_t sequence = first_sequence;
  for (const AddressRequest& request : requests) {
    AppendRequest(&builder, operation, request, sequence++, valid_seconds);
  }
  if (!requests.empty()) builder.AddFlags(NLM_F_ACK);
  return builder.bytes();
}

}  // namespace raisd
