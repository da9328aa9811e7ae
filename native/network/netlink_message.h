// Netlink messages as bytes: a builder that keeps lengths and alignment right, and readers that
// stop at the first length that does not fit, whatever the kernel or a bug put there.
#pragma once

#include <linux/netlink.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace raisd {

// Before the first Begin it builds a payload, or attributes to be nested, without a message header.
class NetlinkBuilder {
 public:
  // Begins a message behind those that are there; its payload is what is appended until the next
  // Begin.
  void Begin(uint16_t type, uint16_t flags, uint32_t sequence);
  void Append(const void* data, size_t length);
  void AppendAttribute(uint16_t type, const void* data, size_t length);
  // More flags for the message that was begun last.
  void AddFlags(uint16_t flags);

  const std::vector<uint8_t>& bytes() const { return bytes_; }

 private:
  void Pad();
  void StoreLength();

  std::vector<uint8_t> bytes_;
  // Of the message that was begun last.
  std::optional<size_t> begin_;
};

struct NetlinkMessage {
  nlmsghdr header{};
  std::span<const uint8_t> payload;
};

// The messages of one datagram, one after the other.
class MessageReader {
 public:
  explicit MessageReader(std::span<const uint8_t> datagram) : rest_(datagram) {}
  bool Next(NetlinkMessage* message);

 private:
  std::span<const uint8_t> rest_;
};

struct Attribute {
  uint16_t type = 0;
  std::span<const uint8_t> value;
};

class AttributeReader {
 public:
  explicit AttributeReader(std::span<const uint8_t> attributes) : rest_(attributes) {}
  bool Next(Attribute* attribute);

 private:
  std::span<const uint8_t> rest_;
};

}  // namespace raisd
