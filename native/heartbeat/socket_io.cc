#include "socket_io.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstring>

namespace raisd::heartbeat {
namespace {

constexpr int kHops = 255;

int SetInteger(int fd, int level, int name, int value) {
  return setsockopt(fd, level, name, &value, sizeof value) == 0 ? 0 : errno;
}

int GetInteger(int fd, int name, int* value) {
  socklen_t size = sizeof *value;
  return getsockopt(fd, SOL_SOCKET, name, value, &size) == 0 ? 0 : errno;
}

/** What this file relies on, whoever opened the socket. */
int SetOptions(int fd, int family) {
  if (const int error = SetInteger(fd, SOL_SOCKET, SO_TIMESTAMPNS, 1); error != 0) return error;
  if (family == AF_INET) {
    if (const int error = SetInteger(fd, IPPROTO_IP, IP_TTL, kHops); error != 0) return error;
    if (const int error = SetInteger(fd, IPPROTO_IP, IP_MULTICAST_TTL, kHops); error != 0)
      return error;
    return SetInteger(fd, IPPROTO_IP, IP_RECVTTL, 1);
  }
  if (const int error = SetInteger(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, kHops); error != 0)
    return error;
  if (const int error = SetInteger(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, kHops); error != 0)
    return error;
  return SetInteger(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1);
}

template <typename T>
T ControlValue(const cmsghdr* control) {
  T value;
  std::memcpy(&value, CMSG_DATA(control), sizeof value);
  return value;
}

const cmsghdr* NextControl(const msghdr& header, const cmsghdr* control) {
  return CMSG_NXTHDR(const_cast<msghdr*>(&header), const_cast<cmsghdr*>(control));
}

int TtlOf(const msghdr& header) {
  for (const cmsghdr* control = CMSG_FIRSTHDR(&header); control != nullptr;
       control = NextControl(header, control)) {
    const bool v4 = control->cmsg_level == IPPROTO_IP && control->cmsg_type == IP_TTL;
    const bool v6 = control->cmsg_level == IPPROTO_IPV6 && control->cmsg_type == IPV6_HOPLIMIT;
    if (v4 || v6) return ControlValue<int>(control);
  }
  return -1;
}

}  // namespace

Descriptor::~Descriptor() {
  if (fd_ >= 0) close(fd_);
}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this != &other) {
    if (fd_ >= 0) close(fd_);
    fd_ = other.Release();
  }
  return *this;
}

int Descriptor::Release() {
  const int fd = fd_;
  fd_ = -1;
  return fd;
}

uint64_t StampOf(const msghdr& header) {
  for (const cmsghdr* control = CMSG_FIRSTHDR(&header); control != nullptr;
       control = NextControl(header, control)) {
    if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_TIMESTAMPNS) continue;
    const timespec stamp = ControlValue<timespec>(control);
    return static_cast<uint64_t>(stamp.tv_sec) * kNanosecondsASecond +
           static_cast<uint64_t>(stamp.tv_nsec);
  }
  return 0;
}

ReceiveBatch::ReceiveBatch() {
  for (size_t index = 0; index < kReceiveBatch; index++) {
    vectors_[index] = {buffers_[index].data(), kBufferBytes};
    msghdr& header = headers_[index].msg_hdr;
    header.msg_name = &sources_[index];
    header.msg_iov = &vectors_[index];
    header.msg_iovlen = 1;
    header.msg_control = controls_[index].data();
  }
}

/** The kernel overwrites these lengths with what it wrote. */
void ReceiveBatch::Prepare() {
  for (mmsghdr& header : headers_) {
    header.msg_hdr.msg_namelen = sizeof(SocketAddress);
    header.msg_hdr.msg_controllen = kControlBytes;
    header.msg_hdr.msg_flags = 0;
  }
}

ReceiveBatch::Result ReceiveBatch::Receive(int fd) {
  Prepare();
  int received;
  do {
    received = recvmmsg(fd, headers_.data(), kReceiveBatch, MSG_DONTWAIT, nullptr);
  } while (received < 0 && errno == EINTR);
  read_at_ = Clocks::Read();
  // A short batch does not say that the queue is empty: an error cuts it as well. EAGAIN does.
  if (received >= 0) return {static_cast<size_t>(received), false, 0};
  if (errno == EAGAIN) return {0, true, 0};
  return {0, false, errno};
}

Datagram ReceiveBatch::Get(size_t index, uint8_t interface, uint64_t empty_at) const {
  const mmsghdr& received = headers_[index];
  const msghdr& header = received.msg_hdr;
  Datagram datagram;
  datagram.data = Bytes(buffers_[index].data(), received.msg_len);
  datagram.arrival.interface = interface;
  datagram.arrival.at = ArrivalOf(StampOf(header), read_at_, empty_at);
  datagram.arrival.ttl = TtlOf(header);
  datagram.arrival.truncated = (header.msg_flags & MSG_TRUNC) != 0;
  datagram.arrival.source = FromSocketAddress(sources_[index]);
  return datagram;
}

int GroupSocket::Open(Descriptor* socket) {
  const int fd = socket->get();
  int type = 0;
  int family = 0;
  int index = 0;
  if (const int error = GetInteger(fd, SO_TYPE, &type); error != 0) return error;
  if (const int error = GetInteger(fd, SO_DOMAIN, &family); error != 0) return error;
  if (const int error = GetInteger(fd, SO_BINDTOIFINDEX, &index); error != 0) return error;
  if (type != SOCK_DGRAM || (family != AF_INET && family != AF_INET6)) return EPROTOTYPE;
  if (const int error = SetOptions(fd, family); error != 0) return error;
  const int flags = fcntl(fd, F_GETFL);
  if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0) return errno;
  socket_ = std::move(*socket);
  family_ = family;
  interface_index_ = index;
  empty_at = 0;
  is_watched = false;
  return 0;
}

int GroupSocket::Send(Bytes frame, const Id& destination, uint16_t port) const {
  SocketAddress address =
      ToSocketAddress(destination, port, static_cast<unsigned>(interface_index_));
  if (address.base.sa_family != family_) return EAFNOSUPPORT;
  ssize_t sent;
  do {
    sent = sendto(socket_.get(), frame.data(), frame.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
                  &address.base, address.size());
  } while (sent < 0 && errno == EINTR);
  return sent < 0 ? errno : 0;
}

int GroupSocket::TakeError() const {
  int error = 0;
  return GetInteger(socket_.get(), SO_ERROR, &error) == 0 ? error : errno;
}

}  // namespace raisd::heartbeat
