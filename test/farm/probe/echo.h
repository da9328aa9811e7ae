// What a prober sends to a service address and what the responder on its host sends back. Both run
// on one machine, so the fields are in host order.

#ifndef RAISD_TEST_FARM_PROBE_ECHO_H_
#define RAISD_TEST_FARM_PROBE_ECHO_H_

#include <cstdint>

constexpr uint16_t kEchoPort = 7077;
constexpr uint32_t kEchoMagic = 0x52414945;
constexpr int kHostNameBytes = 32;

struct Request {
  uint32_t magic;
  uint32_t target;
  uint64_t sequence;
};

struct Reply {
  Request request;
  char host[kHostNameBytes];
};

#endif  // RAISD_TEST_FARM_PROBE_ECHO_H_
