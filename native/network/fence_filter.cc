#include "fence_filter.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#include <cerrno>
#include <cstring>
#include <string_view>
#include <vector>

#include "netlink_message.h"

namespace raisd {

namespace {

void AppendText(NetlinkBuilder* builder, uint16_t type, const char* text) {
  builder->AppendAttribute(type, text, std::strlen(text) + 1);
}

void AppendNumber(NetlinkBuilder* builder, uint16_t type, uint32_t number) {
  builder->AppendAttribute(type, &number, sizeof number);
}

std::vector<uint8_t> DisciplinePayload(int index) {
  tcmsg message{};
  message.tcm_ifindex = index;
  message.tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0);
  message.tcm_parent = TC_H_CLSACT;
  NetlinkBuilder builder;
  builder.Append(&message, sizeof message);
  AppendText(&builder, TCA_KIND, "clsact");
  return builder.bytes();
}

// Without a program: to ask for it, or to delete it.
NetlinkBuilder FilterPayload(int index, uint32_t side) {
  tcmsg message{};
  message.tcm_ifindex = index;
  message.tcm_handle = FenceFilter::kHandle;
  message.tcm_parent = TC_H_MAKE(TC_H_CLSACT, side);
  message.tcm_info = TC_H_MAKE(static_cast<uint32_t>(FenceFilter::kPriority) << 16,
                               static_cast<uint32_t>(htons(ETH_P_ALL)));
  NetlinkBuilder builder;
  builder.Append(&message, sizeof message);
  AppendText(&builder, TCA_KIND, "bpf");
  return builder;
}

std::vector<uint8_t> OptionsOf(int program) {
  NetlinkBuilder options;
  AppendNumber(&options, TCA_BPF_FD, static_cast<uint32_t>(program));
  AppendText(&options, TCA_BPF_NAME, FenceFilter::kName);
  AppendNumber(&options, TCA_BPF_FLAGS, TCA_BPF_FLAG_ACT_DIRECT);
  return options.bytes();
}

bool IsOurs(std::span<const uint8_t> filter) {
  if (filter.size() < sizeof(tcmsg)) return false;
  AttributeReader attributes(filter.subspan(sizeof(tcmsg)));
  for (Attribute attribute; attributes.Next(&attribute);) {
    if (attribute.type != TCA_OPTIONS) continue;
    AttributeReader options(attribute.value);
    for (Attribute option; options.Next(&option);) {
      const std::string_view value(reinterpret_cast<const char*>(option.value.data()),
                                   option.value.size());
      // With the zero byte at its end.
      if (option.type == TCA_BPF_NAME)
        return value == std::string_view(FenceFilter::kName, sizeof FenceFilter::kName);
    }
  }
  return false;
}

}  // namespace

enum class FenceFilter::Side : uint32_t { kIngress = TC_H_MIN_INGRESS, kEgress = TC_H_MIN_EGRESS };

int FenceFilter::Attach(int index) {
  const int error =
      request_.Execute(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, DisciplinePayload(index));
  if (error != 0 && error != EEXIST) return error;
  int refusal = AddFilter(index, Side::kIngress, ingress_.get());
  if (refusal == 0) {
    refusal = AddFilter(index, Side::kEgress, egress_.get());
    if (refusal != 0) DeleteFilter(index, Side::kIngress);
  }
  return refusal;
}

int FenceFilter::Detach(int index) {
  const int ingress = DeleteFilter(index, Side::kIngress);
  const int egress = DeleteFilter(index, Side::kEgress);
  return ingress != 0 ? ingress : egress;
}

int FenceFilter::Find(int index) {
  const int ingress = FindFilter(index, Side::kIngress);
  return ingress != 0 ? ingress : FindFilter(index, Side::kEgress);
}

int FenceFilter::AddFilter(int index, Side side, int program) {
  const int found = FindFilter(index, side);
  if (found != 0 && found != ENOENT) return found;
  NetlinkBuilder builder = FilterPayload(index, static_cast<uint32_t>(side));
  const std::vector<uint8_t> options = OptionsOf(program);
  builder.AppendAttribute(TCA_OPTIONS | NLA_F_NESTED, options.data(), options.size());
  return request_.Execute(RTM_NEWTFILTER, NLM_F_CREATE, builder.bytes());
}

int FenceFilter::DeleteFilter(int index, Side side) {
  if (const int found = FindFilter(index, side); found != 0) return found;
  return request_.Execute(RTM_DELTFILTER, 0,
                          FilterPayload(index, static_cast<uint32_t>(side)).bytes());
}

int FenceFilter::FindFilter(int index, Side side) {
  std::vector<uint8_t> filter;
  const int error = request_.Execute(
      RTM_GETTFILTER, 0, FilterPayload(index, static_cast<uint32_t>(side)).bytes(), &filter);
  // A kernel that finds no filter of that priority says EINVAL where there is none at all.
  if (error != 0) return error == EINVAL ? ENOENT : error;
  return IsOurs(filter) ? 0 : EEXIST;
}

}  // namespace raisd
