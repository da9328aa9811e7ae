#include "packet_transmitter.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace raisd {

namespace {

constexpr size_t kFramesPerCall = 256;
// What 1,000 addresses announce in one go: 2,000 frames of less than 1 KiB of kernel memory each.
constexpr int kSendBufferBytes = 2 * 1024 * 1024;

// Sends up to kFramesPerCall. Returns how many were taken, or −1 with errno of the first.
int SendSome(int fd, std::span<const OutgoingFrame> frames) {
  sockaddr_ll to[kFramesPerCall]{};
  iovec data[kFramesPerCall]{};
  mmsghdr messages[kFramesPerCall]{};
  for (size_t i = 0; i < frames.size(); i++) {
    const std::span<const uint8_t> bytes = frames[i].frame.bytes();
    to[i].sll_family = AF_PACKET;
    to[i].sll_ifindex = frames[i].index;
    to[i].sll_protocol = htons(static_cast<uint16_t>(bytes[12] << 8 | bytes[13]));
    data[i] = {const_cast<uint8_t*>(bytes.data()), bytes.size()};
    messages[i].msg_hdr.msg_name = &to[i];
    messages[i].msg_hdr.msg_namelen = sizeof to[i];
    messages[i].msg_hdr.msg_iov = &data[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  int sent = 0;
  do sent = sendmmsg(fd, messages, static_cast<unsigned>(frames.size()), MSG_DONTWAIT);
  while (sent < 0 && errno == EINTR);
  return sent;
}

}  // namespace

int PacketTransmitter::Open() {
  // Protocol 0: it is bound to none and nothing is queued on it.
  socket_ = Descriptor(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
  if (!socket_.valid()) return errno;
  // Without CAP_NET_ADMIN the default has to do; what does not fit is EAGAIN, and is repeated.
  setsockopt(socket_.get(), SOL_SOCKET, SO_SNDBUFFORCE, &kSendBufferBytes, sizeof kSendBufferBytes);
  return 0;
}

std::vector<int> PacketTransmitter::Send(std::span<const OutgoingFrame> frames) {
  std::vector<int> errors(frames.size());
  for (size_t next = 0; next < frames.size();) {
    const size_t count = std::min(kFramesPerCall, frames.size() - next);
    const int sent = SendSome(socket_.get(), frames.subspan(next, count));
    if (sent > 0) {
      next += static_cast<size_t>(sent);
    } else {
      errors[next++] = sent < 0 ? errno : EAGAIN;
    }
  }
  return errors;
}

}  // namespace raisd
