#include "netlink_events.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cerrno>

namespace raisd {

namespace {

// News comes one message a datagram; a link with many attributes stays below 8 KiB.
constexpr size_t kBufferBytes = 32 * 1024;
// Datagrams taken in one Read at the most: beyond that somebody changes addresses faster than they
// can be read, and a dump is cheaper. It counts as an overflow.
constexpr int kMaxDatagrams = 65536;

int Subscribe(int fd, int group) {
  return setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) < 0 ? errno : 0;
}

}  // namespace

int NetlinkEvents::Open(int receive_buffer_bytes) {
  socket_ = Descriptor(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE));
  if (!socket_.valid()) return errno;
  const int fd = socket_.get();
  if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &receive_buffer_bytes,
                 sizeof receive_buffer_bytes) < 0 &&
      setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof receive_buffer_bytes) <
          0) {
    return errno;
  }
  sockaddr_nl self{};
  self.nl_family = AF_NETLINK;
  if (bind(fd, reinterpret_cast<const sockaddr*>(&self), sizeof self) < 0) return errno;
  for (const int group : {RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR}) {
    if (const int error = Subscribe(fd, group); error != 0) return error;
  }
  buffer_.resize(kBufferBytes);
  return 0;
}

int NetlinkEvents::Read(std::vector<InterfaceEvent>* events, bool* overflowed) {
  *overflowed = false;
  for (int datagrams = 0; datagrams < kMaxDatagrams; datagrams++) {
    sockaddr_nl from{};
    socklen_t from_length = sizeof from;
    const ssize_t length = recvfrom(socket_.get(), buffer_.data(), buffer_.size(), MSG_TRUNC,
                                    reinterpret_cast<sockaddr*>(&from), &from_length);
    if (length < 0) {
      if (errno == EAGAIN) return 0;
      if (errno == EINTR) continue;
      if (errno != ENOBUFS) return errno;
      // The kernel keeps dropping until the queue is empty: drain it to the end, then dump.
      *overflowed = true;
      continue;
    }
    if (from.nl_pid != 0) continue;
    if (static_cast<size_t>(length) > buffer_.size()) {
      *overflowed = true;
      continue;
    }
    const std::span<const uint8_t> datagram(buffer_.data(), static_cast<size_t>(length));
    MessageReader reader(datagram);
    for (NetlinkMessage message; reader.Next(&message);) {
      if (auto event = ParseInterfaceEvent(message)) events->push_back(std::move(*event));
    }
  }
  *overflowed = true;
  return 0;
}

}  // namespace raisd
