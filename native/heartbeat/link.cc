#include "link.h"

#include <errno.h>
#include <fcntl.h>

namespace raisd::heartbeat {

int Link::Prepare(int fd) {
  int type = 0;
  socklen_t size = sizeof type;
  if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0) return errno;
  if (type != SOCK_SEQPACKET) return EPROTOTYPE;
  const int flags = fcntl(fd, F_GETFL);
  if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0) return errno;
  // A permit counts from when it was given, not from when a thread that was held up reads it.
  const int on = 1;
  return setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) == 0 ? 0 : errno;
}

void Link::Open(Descriptor socket) {
  socket_ = std::move(socket);
  empty_at_ = 0;
}

LinkRead Link::Read(Bytes* packet, uint64_t* at) {
  iovec vector = {in_.data(), in_.size()};
  msghdr header = {};
  header.msg_iov = &vector;
  header.msg_iovlen = 1;
  const uint64_t before = BootNow();
  ssize_t received;
  // ECONNRESET tells that control died with our packets unread; its own last words still follow.
  do {
    header.msg_control = control_.data();
    header.msg_controllen = control_.size();
    received = recvmsg(socket_.get(), &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  } while (received < 0 && (errno == EINTR || errno == ECONNRESET));
  if (received < 0 && errno == EAGAIN) {
    empty_at_ = before;
    return LinkRead::kNothing;
  }
  if (received <= 0) return LinkRead::kClosed;
  // A packet cut short decodes as nonsense, which it is.
  const bool is_cut = (header.msg_flags & MSG_TRUNC) != 0;
  *packet = {in_.data(), is_cut ? 0 : static_cast<size_t>(received)};
  *at = ArrivalOf(StampOf(header), Clocks::Read(), empty_at_);
  return LinkRead::kPacket;
}

LinkSend Link::Send(Bytes packet) {
  if (!is_open()) return LinkSend::kFailed;
  ssize_t sent;
  do {
    sent = send(socket_.get(), packet.data(), packet.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  if (sent >= 0) return LinkSend::kSent;
  return errno == EAGAIN ? LinkSend::kBusy : LinkSend::kFailed;
}

}  // namespace raisd::heartbeat
