// The questions byte by byte, and which frames count as their answers. That real kernels answer
// them is tested on the farm.

#include "neighbour_packets.h"

#include <arpa/inet.h>
#include <unistd.h>

#include <cstring>

#include "answer_filter.h"
#include "check.h"

namespace {

constexpr Mac kHost{0x52, 0x54, 0, 0, 0, 9};

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

std::vector<uint8_t> ArpReply() {
  std::vector<uint8_t> frame = ArpRequest(7, V4("10.77.0.250"), V4("10.77.0.101"));
  frame[21] = 2;
  memcpy(&frame[22], kHost.data(), 6);
  memcpy(&frame[28], "\x0a\x4d\x00\x65", 4);
  const Mac asker = MacOfTag(7);
  memcpy(&frame[32], asker.data(), 6);
  return frame;
}

void ArpReplyIsAnAnswer() {
  std::vector<uint8_t> frame = ArpReply();
  const auto answer = ParseAnswer(frame.data(), frame.size());
  CHECK(answer && !answer->v6 && answer->tag == 7 && answer->from == kHost);
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

std::vector<uint8_t> Advertisement() {
  std::vector<uint8_t> frame(14 + 40 + 32);
  const Mac asker = MacOfTag(3);
  memcpy(&frame[0], asker.data(), 6);
  memcpy(&frame[6], kHost.data(), 6);
  frame[12] = 0x86;
  frame[13] = 0xdd;
  frame[20] = IPPROTO_ICMPV6;
  frame[21] = 255;
  frame[54] = 136;
  const in6_addr asked = V6("fd77::101");
  memcpy(&frame[62], &asked, 16);
  return frame;
}

void AdvertisementIsAnAnswer() {
  std::vector<uint8_t> frame = Advertisement();
  const in6_addr asked = V6("fd77::101");
  const auto answer = ParseAnswer(frame.data(), frame.size());
  CHECK(answer && answer->v6 && answer->tag == 3 && answer->from == kHost);
  CHECK(memcmp(answer->address.data(), &asked, 16) == 0);
  frame[21] = 64;  // RFC 4861 7.1.2: it came through a router
  CHECK(!ParseAnswer(frame.data(), frame.size()));
}

// The kernel applies a filter to what comes out of any socket.
bool PassesFilter(const std::vector<uint8_t>& frame) {
  int ends[2];
  CHECK(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, ends) == 0);
  CHECK(TakeAnswersOnly(ends[1]));
  send(ends[0], frame.data(), frame.size(), 0);
  uint8_t got[256];
  const ssize_t size = recv(ends[1], got, sizeof got, 0);
  close(ends[0]);
  close(ends[1]);
  CHECK(size < 0 || static_cast<size_t>(size) == frame.size());
  return size >= 0;
}

// The hop limit is left to ParseAnswer: it says by which way an answer came.
void FilterLetsAnswersThroughAndNothingElse() {
  CHECK(PassesFilter(ArpReply()));
  CHECK(PassesFilter(Advertisement()));
  CHECK(!PassesFilter(ArpRequest(7, V4("10.77.0.250"), V4("10.77.0.101"))));
  CHECK(!PassesFilter(NeighbourSolicitation(1, V6("fd77::250"), V6("fd77::101"))));
  for (const size_t at : {12, 13, 20, 21, 32, 33}) {
    std::vector<uint8_t> frame = ArpReply();
    frame[at] ^= 1;
    CHECK(!PassesFilter(frame) && !ParseAnswer(frame.data(), frame.size()));
  }
  for (const size_t at : {0, 1, 12, 13, 20, 54}) {
    std::vector<uint8_t> frame = Advertisement();
    frame[at] ^= 1;
    CHECK(!PassesFilter(frame) && !ParseAnswer(frame.data(), frame.size()));
  }
  CHECK(!PassesFilter({0x02, 0x77}));
}

}  // namespace

int main() {
  TagsAreMacs();
  ArpRequestIsRfc826();
  ArpReplyIsAnAnswer();
  SolicitationGoesToTheSolicitedNode();
  AdvertisementIsAnAnswer();
  FilterLetsAnswersThroughAndNothingElse();
  puts("neighbour packets: ok");
}
