#include "local_route.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "netlink_message.h"

namespace raisd {

namespace {

void AppendRoute(NetlinkBuilder* builder, RouteOperation operation, const AddressRequest& request,
                 uint32_t sequence) {
  const bool remove = operation == RouteOperation::kRemove;
  // One that an earlier add left begins anew.
  builder->Begin(remove ? RTM_DELROUTE : RTM_NEWROUTE,
                 remove ? NLM_F_REQUEST : NLM_F_REQUEST | NLM_F_CREATE | NLM_F_REPLACE, sequence);
  rtmsg header{};
  header.rtm_family = AF_INET6;
  header.rtm_dst_len = 128;
  header.rtm_table = RT_TABLE_LOCAL;
  header.rtm_protocol = kAddressTag;
  header.rtm_scope = RT_SCOPE_HOST;
  header.rtm_type = RTN_LOCAL;
  builder->Append(&header, sizeof header);
  const uint32_t index = static_cast<uint32_t>(request.index);
  builder->AppendAttribute(RTA_DST, request.address.bytes.data(), request.address.length);
  builder->AppendAttribute(RTA_OIF, &index, sizeof index);
  builder->AppendAttribute(RTA_PRIORITY, &kLocalRouteMetric, sizeof kLocalRouteMetric);
  if (!remove)
    builder->AppendAttribute(RTA_EXPIRES, &kLocalRouteSeconds, sizeof kLocalRouteSeconds);
}

}  // namespace

std::vector<uint8_t> BuildLocalRoutes(RouteOperation operation,
                                      std::span<const AddressRequest> requests,
                                      uint32_t first_sequence) {
  NetlinkBuilder builder;
  uint32_t sequence = first_sequence;
  for (const AddressRequest& request : requests) {
    if (request.address.IsV6()) AppendRoute(&builder, operation, request, sequence++);
  }
  if (sequence != first_sequence) builder.AddFlags(NLM_F_ACK);
  return builder.bytes();
}

}  // namespace raisd
