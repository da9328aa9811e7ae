// Sends prepared datagrams to a group at a steady rate, from several own addresses in turn:
// flooder GROUP PORT OWN-ADDRESS…
//
// Input, one command a line: `frame HEX` adds a datagram to what is sent in turn; `flood RATE
// SECONDS` sends so many of them a second, for so long, and answers {"kind":"flooded","sent":N,
// "refused":N}. `refused`: the system did not take them.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

#include "command_lines.h"
#include "json_lines.h"
#include "realtime.h"

namespace {

constexpr int64_t kTick = 1'000'000;
constexpr int64_t kSecond = 1'000'000'000;

[[noreturn]] void Fail(const char* step) {
  perror(step);
  exit(1);
}

int OpenSender(const char* own, const sockaddr_in& group) {
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  in_addr address{};
  if (fd < 0 || inet_pton(AF_INET, own, &address) != 1) Fail(own);
  const int hops = 255;
  const int none = 0;
  if (setsockopt(fd, IPPROTO_IP, IP_MULTICAST_TTL, &hops, sizeof hops) != 0 ||
      setsockopt(fd, IPPROTO_IP, IP_MULTICAST_LOOP, &none, sizeof none) != 0 ||
      setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &address, sizeof address) != 0)
    Fail("multicast");
  sockaddr_in source{};
  source.sin_family = AF_INET;
  source.sin_addr = address;
  if (bind(fd, reinterpret_cast<const sockaddr*>(&source), sizeof source) != 0 ||
      connect(fd, reinterpret_cast<const sockaddr*>(&group), sizeof group) != 0)
    Fail(own);
  return fd;
}

std::string FromHex(const std::string& hex) {
  std::string bytes;
  for (size_t at = 0; at + 1 < hex.size(); at += 2)
    bytes += static_cast<char>(strtol(hex.substr(at, 2).c_str(), nullptr, 16));
  return bytes;
}

class Flooder {
 public:
  explicit Flooder(std::vector<int> sockets) : sockets_(std::move(sockets)) {}

  void Obey(const std::string& line) {
    std::istringstream words(line);
    std::string command;
    words >> command;
    if (command == "frame") {
      std::string hex;
      words >> hex;
      frames_.push_back(FromHex(hex));
    } else if (command == "flood") {
      int64_t rate = 0;
      int64_t seconds = 0;
      words >> rate >> seconds;
      if (!frames_.empty()) Flood(rate, seconds);
    }
  }

 private:
  // What a machine that is too slow has not sent by the end is not sent.
  void Flood(int64_t rate, int64_t seconds) {
    sent_ = refused_ = 0;
    const int64_t start = Now();
    const int64_t end = start + seconds * kSecond;
    for (int64_t wake = start; wake < end;) {
      SendUpTo((Now() - start) * rate / kSecond, end);
      wake += kTick;
      const timespec at = {wake / kSecond, wake % kSecond};
      clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, nullptr);
    }
    PrintLine(Object(Field("kind", Quoted("flooded")) + Field("sent", sent_) +
                     Field("refused", refused_)));
  }

  void SendUpTo(int64_t count, int64_t end) {
    while (static_cast<int64_t>(sent_ + refused_) < count && Now() < end) {
      const uint64_t number = sent_ + refused_;
      const std::string& frame = frames_[number % frames_.size()];
      const int socket = sockets_[number / frames_.size() % sockets_.size()];
      const bool taken = send(socket, frame.data(), frame.size(), MSG_DONTWAIT) >= 0;
      (taken ? sent_ : refused_)++;
    }
  }

  std::vector<int> sockets_;
  std::vector<std::string> frames_;
  uint64_t sent_ = 0;
  uint64_t refused_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    fprintf(stderr, "usage: flooder GROUP PORT OWN-ADDRESS…\n");
    return 2;
  }
  sockaddr_in group{};
  group.sin_family = AF_INET;
  group.sin_port = htons(static_cast<uint16_t>(atoi(argv[2])));
  if (inet_pton(AF_INET, argv[1], &group.sin_addr) != 1) Fail(argv[1]);
  std::vector<int> sockets;
  for (int at = 3; at < argc; at++) sockets.push_back(OpenSender(argv[at], group));
  Flooder flooder(sockets);
  CommandLines commands;
  PrintLine(Object(Field("kind", Quoted("ready"))));
  while (commands.Read([&](const std::string& line) { flooder.Obey(line); })) {
  }
  return 0;
}
