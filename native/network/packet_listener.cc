#include "packet_listener.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "arp.h"
#include "neighbour_discovery.h"
#include "packet_filter.h"

namespace raisd {

namespace {

// The answers to a probe for 1,000 addresses at once.
constexpr int kReceiveBufferBytes = 2 * 1024 * 1024;
// A neighbour advertisement with the options that anybody sends is far shorter; a longer frame
// fails its checksum.
constexpr size_t kFrameBytes = 512;
// After so many the filter is worth its price, some tens of microseconds. Not with the first one:
// addresses are added one after the other, in a takeover a thousand.
constexpr int kUnwantedFrames = 64;

}  // namespace

int PacketListener::Open(int index) {
  // Protocol 0 until the filter is in place, so that nothing else is ever queued.
  socket_ = Descriptor(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket_.valid()) return errno;
  const int fd = socket_.get();
  setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &kReceiveBufferBytes, sizeof kReceiveBufferBytes);
  if (const int error = Attach(NeighbourFilter()); error != 0) return error;
  const int on = 1;
  if (setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on) < 0) return errno;
  sockaddr_ll self{};
  self.sll_family = AF_PACKET;
  // Every protocol: such sockets see a frame before the ingress hook, where the fence (R52, R55)
  // drops what other hosts announce about an address that is fenced off here.
  self.sll_protocol = htons(ETH_P_ALL);
  self.sll_ifindex = index;
  return bind(fd, reinterpret_cast<const sockaddr*>(&self), sizeof self) < 0 ? errno : 0;
}

int PacketListener::Attach(std::span<const sock_filter> filter) {
  const sock_fprog program{static_cast<unsigned short>(filter.size()),
                           const_cast<sock_filter*>(filter.data())};
  const int fd = socket_.get();
  return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) < 0 ? errno : 0;
}

int PacketListener::Watch(const Address& address) {
  if (!watched_.insert(address).second) return 0;
  unwanted_ = 0;
  if (!is_narrow_) return 0;
  const int error = Attach(NeighbourFilter());
  is_narrow_ = error != 0;
  return error;
}

void PacketListener::Narrow() {
  unwanted_ = 0;
  // Refused: the next frames are unwanted as well.
  if (watched_.size() <= kMostNamed) is_narrow_ = Attach(NeighbourFilterFor(watched_)) == 0;
}

void PacketListener::Read(std::vector<Claim>* claims) {
  std::array<uint8_t, kFrameBytes> buffer;
  for (int frames = 0; frames < kFramesPerRead; frames++) {
    const ssize_t length = recv(socket_.get(), buffer.data(), buffer.size(), MSG_TRUNC);
    if (length < 0) {
      // ENETDOWN is told once when the interface goes down; the socket serves again when it is up.
      if (errno == EINTR || errno == ENETDOWN) continue;
      break;
    }
    if (static_cast<size_t>(length) > buffer.size()) continue;
    const auto frame = std::span<const uint8_t>(buffer).first(static_cast<size_t>(length));
    std::optional<Claim> claim = ParseArpClaim(frame);
    if (!claim) claim = ParseNeighbourClaim(frame);
    if (claim && watched_.contains(claim->address))
      claims->push_back(*claim);
    else
      unwanted_++;
  }
  if (!is_narrow_ && unwanted_ >= kUnwantedFrames) Narrow();
}

}  // namespace raisd
