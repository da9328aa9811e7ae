// Addresses as the kernel and the wire have them: bytes in network order.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace raisd {

struct Address {
  // 4 or 16; the bytes beyond are zero.
  size_t length = 0;
  std::array<uint8_t, 16> bytes{};

  bool operator==(const Address&) const = default;
  bool IsV6() const { return length == 16; }
};

struct AddressHash {
  size_t operator()(const Address& address) const {
    size_t hash = address.length;
    for (uint8_t byte : address.bytes) hash = hash * 1099511628211U ^ byte;
    return hash;
  }
};

using HardwareAddress = std::array<uint8_t, 6>;

}  // namespace raisd
