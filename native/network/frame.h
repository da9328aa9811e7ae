// An Ethernet frame to be sent, and what a heard one claims.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "address.h"

namespace raisd {

inline constexpr size_t kEthernetHeaderBytes = 14;
inline constexpr HardwareAddress kBroadcast = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

// Room for the longest that is sent here: a neighbour advertisement, 86 bytes.
class Frame {
 public:
  Frame(const HardwareAddress& to, const HardwareAddress& from, uint16_t protocol) {
    Append(to);
    Append(from);
    AppendU16(protocol);
  }
  void AppendU8(uint8_t value) { bytes_[length_++] = value; }
  void AppendU16(uint16_t value) {
    AppendU8(static_cast<uint8_t>(value >> 8));
    AppendU8(static_cast<uint8_t>(value));
  }
  void AppendU32(uint32_t value) {
    AppendU16(static_cast<uint16_t>(value >> 16));
    AppendU16(static_cast<uint16_t>(value));
  }
  void Append(std::span<const uint8_t> bytes) {
    for (uint8_t byte : bytes) AppendU8(byte);
  }
  void StoreU16(size_t at, uint16_t value) {
    bytes_[at] = static_cast<uint8_t>(value >> 8);
    bytes_[at + 1] = static_cast<uint8_t>(value);
  }
  std::span<const uint8_t> bytes() const { return std::span(bytes_).first(length_); }

 private:
  std::array<uint8_t, 96> bytes_{};
  size_t length_ = 0;
};

// Whoever sent a frame says: this address is at this hardware address.
struct Claim {
  Address address;
  HardwareAddress hardware_address{};

  bool operator==(const Claim&) const = default;
};

}  // namespace raisd
