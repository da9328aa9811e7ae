// Big-endian integers in a byte buffer. Nothing here checks bounds: callers do, once, in one place.

#ifndef RAISD_HEARTBEAT_BYTES_H_
#define RAISD_HEARTBEAT_BYTES_H_

#include <array>
#include <cstdint>
#include <cstring>
#include <span>

namespace raisd::heartbeat {

using Bytes = std::span<const uint8_t>;

/** A host id or an IP address as the wire carries it: IPv4 as ::ffff:a.b.c.d. */
using Id = std::array<uint8_t, 16>;

inline uint16_t Load16(const uint8_t* from) {
  uint16_t value;
  std::memcpy(&value, from, sizeof value);
  return __builtin_bswap16(value);
}

inline uint32_t Load32(const uint8_t* from) {
  uint32_t value;
  std::memcpy(&value, from, sizeof value);
  return __builtin_bswap32(value);
}

inline uint64_t Load64(const uint8_t* from) {
  uint64_t value;
  std::memcpy(&value, from, sizeof value);
  return __builtin_bswap64(value);
}

inline Id LoadId(const uint8_t* from) {
  Id id;
  std::memcpy(id.data(), from, id.size());
  return id;
}

/** Appends to a buffer that the caller knows to be large enough. */
class Writer {
 public:
  explicit Writer(uint8_t* to) : start_(to), at_(to) {}

  void Put8(uint8_t value) { *at_++ = value; }
  void Put16(uint16_t value) { PutSwapped(__builtin_bswap16(value)); }
  void Put32(uint32_t value) { PutSwapped(__builtin_bswap32(value)); }
  void Put64(uint64_t value) { PutSwapped(__builtin_bswap64(value)); }
  void PutBytes(Bytes bytes) {
    if (bytes.empty()) return;
    std::memcpy(at_, bytes.data(), bytes.size());
    at_ += bytes.size();
  }
  void PutId(const Id& id) { PutBytes(id); }

  size_t size() const { return static_cast<size_t>(at_ - start_); }

 private:
  template <typename T>
  void PutSwapped(T value) {
    std::memcpy(at_, &value, sizeof value);
    at_ += sizeof value;
  }

  uint8_t* start_;
  uint8_t* at_;
};

/** Takes from the front of a buffer that the caller knows to be long enough. */
class Reader {
 public:
  explicit Reader(Bytes bytes) : at_(bytes.data()) {}

  uint8_t Take8() { return *at_++; }
  uint16_t Take16() { return Load16(Advance(2)); }
  uint32_t Take32() { return Load32(Advance(4)); }
  uint64_t Take64() { return Load64(Advance(8)); }
  Id TakeId() { return LoadId(Advance(16)); }

 private:
  const uint8_t* Advance(size_t count) {
    const uint8_t* from = at_;
    at_ += count;
    return from;
  }

  const uint8_t* at_;
};

}  // namespace raisd::heartbeat

#endif  // RAISD_HEARTBEAT_BYTES_H_
