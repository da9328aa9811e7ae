// The keys of one group (R51): the first signs, all verify, so that keys rotate without an outage.
// HMAC-SHA256 with a kept context a key: nothing is looked up or derived again for a frame.

#ifndef RAISD_HEARTBEAT_KEY_RING_H_
#define RAISD_HEARTBEAT_KEY_RING_H_

#include <cstddef>
#include <memory>
#include <span>

#include "bytes.h"
#include "limits.h"

struct evp_mac_ctx_st;

namespace raisd::heartbeat {

class KeyRing {
 public:
  /** Null: no key, too many or too long ones, or the library has no HMAC-SHA256. Copies the keys.
   */
  static std::unique_ptr<KeyRing> Create(std::span<const Bytes> keys);
  ~KeyRing();
  KeyRing(const KeyRing&) = delete;
  KeyRing& operator=(const KeyRing&) = delete;

  /** Writes kMacBytes. False: the library failed; nothing may be sent. */
  bool Sign(Bytes data, uint8_t* mac) const;
  /** Whether one of the keys made `mac` (kMacBytes) over `data`; compared in constant time. */
  bool Verify(Bytes data, const uint8_t* mac) const;

 private:
  KeyRing() = default;
  bool Compute(size_t key, Bytes data, uint8_t* mac) const;

  evp_mac_ctx_st* contexts_[kMaxKeys] = {};
  size_t count_ = 0;
};

}  // namespace raisd::heartbeat

#endif  // RAISD_HEARTBEAT_KEY_RING_H_
