#include "key_ring.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

namespace raisd::heartbeat {
namespace {

EVP_MAC_CTX* CreateContext(EVP_MAC* hmac, Bytes key) {
  char digest[] = "SHA256";
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
      OSSL_PARAM_construct_end(),
  };
  EVP_MAC_CTX* context = EVP_MAC_CTX_new(hmac);
  if (context == nullptr) return nullptr;
  if (EVP_MAC_init(context, key.data(), key.size(), parameters) == 1) return context;
  EVP_MAC_CTX_free(context);
  return nullptr;
}

}  // namespace

std::unique_ptr<KeyRing> KeyRing::Create(std::span<const Bytes> keys) {
  if (keys.empty() || keys.size() > kMaxKeys) return nullptr;
  EVP_MAC* hmac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  if (hmac == nullptr) return nullptr;
  std::unique_ptr<KeyRing> ring(new KeyRing());
  for (const Bytes key : keys) {
    EVP_MAC_CTX* context =
        key.empty() || key.size() > kMaxKeyBytes ? nullptr : CreateContext(hmac, key);
    if (context == nullptr) {
      ring.reset();
      break;
    }
    ring->contexts_[ring->count_++] = context;
  }
  EVP_MAC_free(hmac);
  return ring;
}

KeyRing::~KeyRing() {
  for (size_t key = 0; key < count_; key++) EVP_MAC_CTX_free(contexts_[key]);
}

bool KeyRing::Compute(size_t key, Bytes data, uint8_t* mac) const {
  EVP_MAC_CTX* context = contexts_[key];
  size_t size = 0;
  return EVP_MAC_init(context, nullptr, 0, nullptr) == 1 &&
         EVP_MAC_update(context, data.data(), data.size()) == 1 &&
         EVP_MAC_final(context, mac, &size, kMacBytes) == 1 && size == kMacBytes;
}

bool KeyRing::Sign(Bytes data, uint8_t* mac) const {
  return Compute(0, data, mac);
}

bool KeyRing::Verify(Bytes data, const uint8_t* mac) const {
  uint8_t expected[kMacBytes];
  for (size_t key = 0; key < count_; key++) {
    if (Compute(key, data, expected) && CRYPTO_memcmp(expected, mac, kMacBytes) == 0) return true;
  }
  return false;
}

}  // namespace raisd::heartbeat
