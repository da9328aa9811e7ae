#include "netlink_message.h"

#include <algorithm>
#include <cstring>

namespace raisd {

namespace {

constexpr size_t Aligned(size_t length) {
  return (length + NLMSG_ALIGNTO - 1) & ~size_t{NLMSG_ALIGNTO - 1};
}

// Cuts `length` bytes and their padding off the front; the last element may come without its
// padding.
std::span<const uint8_t> Skip(std::span<const uint8_t> bytes, size_t length) {
  return bytes.subspan(std::min(Aligned(length), bytes.size()));
}

}  // namespace

void NetlinkBuilder::Begin(uint16_t type, uint16_t flags, uint32_t sequence) {
  begin_ = bytes_.size();
  nlmsghdr header{};
  header.nlmsg_type = type;
  header.nlmsg_flags = flags;
  header.nlmsg_seq = sequence;
  Append(&header, sizeof header);
}

void NetlinkBuilder::Append(const void* data, size_t length) {
  const auto* from = static_cast<const uint8_t*>(data);
  bytes_.insert(bytes_.end(), from, from + length);
  Pad();
  StoreLength();
}

void NetlinkBuilder::AppendAttribute(uint16_t type, const void* data, size_t length) {
  nlattr attribute{};
  attribute.nla_type = type;
  attribute.nla_len = static_cast<uint16_t>(sizeof attribute + length);
  Append(&attribute, sizeof attribute);
  Append(data, length);
}

void NetlinkBuilder::AddFlags(uint16_t flags) {
  uint16_t now = 0;
  uint8_t* at = bytes_.data() + begin_.value() + offsetof(nlmsghdr, nlmsg_flags);
  std::memcpy(&now, at, sizeof now);
  now = static_cast<uint16_t>(now | flags);
  std::memcpy(at, &now, sizeof now);
}

void NetlinkBuilder::Pad() {
  bytes_.resize(Aligned(bytes_.size()));
}

void NetlinkBuilder::StoreLength() {
  if (!begin_) return;
  const auto length = static_cast<uint32_t>(bytes_.size() - *begin_);
  std::memcpy(bytes_.data() + *begin_ + offsetof(nlmsghdr, nlmsg_len), &length, sizeof length);
}

bool MessageReader::Next(NetlinkMessage* message) {
  if (rest_.size() < sizeof(nlmsghdr)) return false;
  std::memcpy(&message->header, rest_.data(), sizeof(nlmsghdr));
  const size_t length = message->header.nlmsg_len;
  if (length < sizeof(nlmsghdr) || length > rest_.size()) return false;
  message->payload = rest_.subspan(sizeof(nlmsghdr), length - sizeof(nlmsghdr));
  rest_ = Skip(rest_, length);
  return true;
}

bool AttributeReader::Next(Attribute* attribute) {
  nlattr header{};
  if (rest_.size() < sizeof header) return false;
  std::memcpy(&header, rest_.data(), sizeof header);
  const size_t length = header.nla_len;
  if (length < sizeof header || length > rest_.size()) return false;
  attribute->type = header.nla_type & NLA_TYPE_MASK;
  attribute->value = rest_.subspan(sizeof header, length - sizeof header);
  rest_ = Skip(rest_, length);
  return true;
}

}  // namespace raisd
