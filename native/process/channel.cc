#include "channel.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

namespace raisd {
namespace {

/** Room for exactly one descriptor. CMSG_SPACE would let the kernel install two, by its padding. */
constexpr size_t kControlBytes = CMSG_LEN(sizeof(int));

union ControlBuffer {
  char bytes[CMSG_SPACE(sizeof(int))];
  cmsghdr alignment;
};

bool IsGone(int error) {
  return error == EPIPE || error == ECONNRESET || error == ENOTCONN;
}

Descriptor TakeDescriptor(msghdr* header) {
  for (cmsghdr* control = CMSG_FIRSTHDR(header); control != nullptr;
       control = CMSG_NXTHDR(header, control)) {
    if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS) continue;
    if (control->cmsg_len < CMSG_LEN(sizeof(int))) continue;
    int fd;
    std::memcpy(&fd, CMSG_DATA(control), sizeof fd);
    return Descriptor(fd);
  }
  return Descriptor();
}

void RaiseBuffer(int fd, int forced, int polite) {
  const int bytes = kChannelBufferBytes;
  // FORCE needs CAP_NET_ADMIN; without it the system's limit holds, which is worth having as well.
  if (setsockopt(fd, SOL_SOCKET, forced, &bytes, sizeof bytes) == 0) return;
  setsockopt(fd, SOL_SOCKET, polite, &bytes, sizeof bytes);
}

}  // namespace

int Channel::Prepare() {
  int type = 0;
  socklen_t length = sizeof type;
  if (getsockopt(fd(), SOL_SOCKET, SO_TYPE, &type, &length) != 0) return errno;
  if (type != SOCK_SEQPACKET) return EPROTOTYPE;
  const int flags = fcntl(fd(), F_GETFL);
  if (flags < 0 || fcntl(fd(), F_SETFL, flags | O_NONBLOCK) != 0) return errno;
  if (fcntl(fd(), F_SETFD, FD_CLOEXEC) != 0) return errno;
  return 0;
}

SendResult Channel::Send(const uint8_t* data, size_t size, int descriptor) {
  // Order is part of the contract: nothing overtakes what waits.
  if (!queue_.empty()) return Enqueue(data, size, descriptor);
  const SendResult result = SendNow(data, size, descriptor);
  return result == SendResult::kQueued ? Enqueue(data, size, descriptor) : result;
}

SendResult Channel::Flush() {
  while (!queue_.empty()) {
    const QueuedMessage& message = queue_.front();
    const SendResult result =
        SendNow(message.data.data(), message.data.size(), message.descriptor.get());
    if (result == SendResult::kQueued) return result;
    if (result != SendResult::kSent) {
      DropQueue();
      return result;
    }
    queued_bytes_ -= message.data.size();
    queue_.pop_front();
  }
  return SendResult::kSent;
}

SendResult Channel::SendNow(const uint8_t* data, size_t size, int descriptor) {
  iovec vector = {const_cast<uint8_t*>(data), size};
  msghdr header = {};
  header.msg_iov = &vector;
  header.msg_iovlen = 1;
  ControlBuffer control = {};
  if (descriptor >= 0) {
    header.msg_control = control.bytes;
    header.msg_controllen = kControlBytes;
    cmsghdr* rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(rights), &descriptor, sizeof descriptor);
  }
  ssize_t sent;
  do {
    sent = sendmsg(fd(), &header, MSG_NOSIGNAL | MSG_DONTWAIT);
  } while (sent < 0 && errno == EINTR);
  if (sent >= 0) return SendResult::kSent;
  if (errno == EAGAIN || errno == ENOBUFS) return SendResult::kQueued;
  if (IsGone(errno)) return SendResult::kGone;
  error_ = errno;
  return SendResult::kFailed;
}

SendResult Channel::Enqueue(const uint8_t* data, size_t size, int descriptor) {
  if (queue_.size() >= kMaxQueuedMessages || size > kMaxQueuedBytes - queued_bytes_) {
    return SendResult::kFull;
  }
  Descriptor duplicate;
  if (descriptor >= 0) {
    duplicate.Reset(fcntl(descriptor, F_DUPFD_CLOEXEC, 0));
    if (!duplicate.valid()) {
      error_ = errno;
      return SendResult::kFailed;
    }
  }
  queue_.push_back({std::vector<uint8_t>(data, data + size), std::move(duplicate)});
  queued_bytes_ += size;
  return SendResult::kQueued;
}

void Channel::DropQueue() {
  queue_.clear();
  queued_bytes_ = 0;
}

ReceiveResult Channel::Receive(ReceivedMessage* message) {
  // Not zeroed: pages that no message reaches stay untouched.
  if (!buffer_) buffer_.reset(new uint8_t[kMaxMessageBytes]);
  for (;;) {
    iovec vector = {buffer_.get(), kMaxMessageBytes};
    ControlBuffer control;
    msghdr header = {};
    header.msg_iov = &vector;
    header.msg_iovlen = 1;
    header.msg_control = control.bytes;
    header.msg_controllen = kControlBytes;
    const ssize_t size = recvmsg(fd(), &header, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (size < 0) {
      // ECONNRESET only says that the other end closed with our messages unread; its own last words
      // still lie in our queue and come before the end.
      if (errno == EINTR || errno == ECONNRESET) continue;
      if (errno == EAGAIN) return ReceiveResult::kNothing;
      error_ = errno;
      return ReceiveResult::kFailed;
    }
    message->descriptor = TakeDescriptor(&header);
    if (size == 0) return ReceiveResult::kGone;
    if ((header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) {
      // A message too long, two descriptors, or no descriptor left to receive one: each is a bug
      // here.
      error_ = (header.msg_flags & MSG_TRUNC) != 0 ? EMSGSIZE : EMFILE;
      return ReceiveResult::kFailed;
    }
    message->data = buffer_.get();
    message->size = static_cast<size_t>(size);
    return ReceiveResult::kMessage;
  }
}

void Channel::ClearError() {
  int error;
  socklen_t length = sizeof error;
  getsockopt(fd(), SOL_SOCKET, SO_ERROR, &error, &length);
}

int OpenSocketPair(Descriptor* first, Descriptor* second) {
  int pair[2];
  // CLOEXEC, or a child inherits both ends and never sees its parent die.
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0)
    return errno;
  for (const int fd : pair) {
    RaiseBuffer(fd, SO_SNDBUFFORCE, SO_SNDBUF);
    RaiseBuffer(fd, SO_RCVBUFFORCE, SO_RCVBUF);
  }
  first->Reset(pair[0]);
  second->Reset(pair[1]);
  return 0;
}

}  // namespace raisd
