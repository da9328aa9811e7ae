// The questions byte by byte, and which frames count as their answers. That real kernels answer
// them is tested on the farm.

#include "neighbour_packets.h"

#include <arpa/inet.h>

#include <cstring>

#include "check.h"

namespace {

in_addr V4(const char* text) {
  in_addr address{};
  CHECK(inet_pton(AF_INET, text, &address) == 1);
  return address;
}

in6_addr V6(const char* text) {
  in6_addr address{};
  CHECK(inet_pton(AF_INET6, text, &address) == 1);
  return address;
}

void TagsAreMacs() {
  CHECK(TextOfMac(MacOfTag(0x01020304)) == "02:77:01:02:03:04");
  CHECK(TagOfMac(MacOfTag(0xfedcba98)) == 0xfedcba98);
  CHECK(!TagOfMac(Mac{2, 0x78, 0, 0, 0, 1}));
}

void ArpRequestIsRfc826() {
  const std::vector<uint8_t> frame = ArpRequest(7, V4("10.77.0.250"), V4("10.77.0.101"));
  const uint8_t expected[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2,  0x77, 0, 0,   0, 7, 8, 6,  //
                              0,    1,    8,    0,    6,    4,    0,  1,                         //
                              2,    0x77, 0,    0,    0,    7,    10, 77,   0, 250,              //
                              0,    0,    0,    0,    0,    0,    10, 77,   0, 101};
  CHECK(frame.size() == sizeof expected);
  CHECK(memcmp(frame.data(), expected, sizeof expected) == 0);
  CHECK(!ParseAnswer(frame.data(), frame.size()));
}

void ArpReplyIsAnAnswer() {
  std::vector<uint8_t> frame = ArpRequest(7, V4("10.77.0.250"), V4("10.77.0.101"));
  const Mac host{0x52, 0x54, 0, 0, 0, 9};
  frame[21] = 2;
  memcpy(&frame[22], host.data(), 6);
  memcpy(&frame[28], "\x0a\x4d\x00\x65", 4);
  const Mac asker = MacOfTag(7);
  memcpy(&frame[32], asker.data(), 6);
  const auto answer = ParseAnswer(frame.data(), frame.size());
  CHECK(answer && !answer->v6 && answer->tag == 7 && answer->from == host);
  CHECK(memcmp(answer->address.data(), "\x0a\x4d\x00\x65", 4) == 0);
  CHECK(!ParseAnswer(frame.data(), frame.size() - 1));
  frame[32] = 0x52;  // an answer to somebody else's question
  CHECK(!ParseAnswer(frame.data(), frame.size()));
}

void SolicitationGoesToTheSolicitedNode() {
  const std::vector<uint8_t> frame = NeighbourSolicitation(1, V6("fd77::250"), V6("fd77::ab:cdef"));
  CHECK(frame.size() == 86);
  CHECK(memcmp(frame.data(), "\x33\x33\xff\xab\xcd\xef", 6) == 0);
  const in6_addr to = V6("ff02::1:ffab:cdef");
  CHECK(memcmp(&frame[38], &to, 16) == 0);
  CHECK(frame[21] == 255 && frame[54] == 135);
  // RFC 1071: summed with its own checksum, a message gives all ones.
  uint32_t sum = 32 + IPPROTO_ICMPV6;
  for (size_t i = 22; i < frame.size(); i += 2) sum += frame[i] << 8 | frame[i + 1];
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  CHECK(sum == 0xffff);
}

void AdvertisementIsAnAnswer() {
  std::vector<uint8_t> frame(14 + 40 + 32);
  const Mac asker = MacOfTag(3);
  const Mac host{0x52, 0x54, 0, 0, 0, 9};
  memcpy(&frame[0], asker.data(), 6);
  memcpy(&frame[6], host.data(), 6);
  frame[12] = 0x86;
  frame[13] = 0xdd;
  frame[20] = IPPROTO_ICMPV6;
  frame[21] = 255;
  frame[54] = 136;
  const in6_addr asked = V6("fd77::101");
  memcpy(&frame[62], &asked, 16);
  const auto answer = ParseAnswer(frame.data(), frame.size());
  CHECK(answer && answer->v6 && answer->tag == 3 && answer->from == host);
  CHECK(memcmp(answer->address.data(), &asked, 16) == 0);
  frame[21] = 64;  // RFC 4861 7.1.2: it came through a router
  CHECK(!ParseAnswer(frame.data(), frame.size()));
}

}  // namespace

int main() {
  TagsAreMacs();
  ArpRequestIsRfc826();
  ArpReplyIsAnAnswer();
  SolicitationGoesToTheSolicitedNode();
  AdvertisementIsAnAnswer();
  puts("neighbour packets: ok");
}
