#include "netlink_request.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace raisd {

namespace {

// The kernel builds dumps in pieces of up to 32 KiB.
constexpr size_t kBufferBytes = 64 * 1024;
// 1,024 error reports of about 1 KiB of kernel memory each, twice over.
constexpr int kSocketBufferBytes = 2 * 1024 * 1024;
// The kernel answers within the write; this only keeps a kernel's fault from hanging the role.
constexpr timeval kReceiveTimeout = {2, 0};
// A dump that was interrupted by a change is made again; under constant change the last one serves,
// and the events that follow put it right.
constexpr int kDumpAttempts = 5;

}  // namespace

int NetlinkRequest::Open() {
  socket_ = Descriptor(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  if (!socket_.valid()) return errno;
  const int fd = socket_.get();
  // Without CAP_NET_ADMIN the default sizes have to do; a batch then reports ENOBUFS if they do
  // not.
  setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &kSocketBufferBytes, sizeof kSocketBufferBytes);
  setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &kSocketBufferBytes, sizeof kSocketBufferBytes);
  const int on = 1;
  // Error reports without a copy of the request.
  setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
  if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &kReceiveTimeout, sizeof kReceiveTimeout) < 0)
    return errno;
  sockaddr_nl self{};
  self.nl_family = AF_NETLINK;
  if (bind(fd, reinterpret_cast<const sockaddr*>(&self), sizeof self) < 0) return errno;
  buffer_.resize(kBufferBytes);
  return 0;
}

std::vector<int> NetlinkRequest::Apply(AddressOperation operation,
                                       std::span<const AddressRequest> requests,
                                       uint32_t valid_seconds) {
  std::vector<int> errors(requests.size());
  for (size_t start = 0; start < requests.size(); start += kMaxBatch) {
    const size_t count = std::min(kMaxBatch, requests.size() - start);
    ApplyBatch(operation, requests.subspan(start, count), valid_seconds,
               std::span(errors).subspan(start, count));
  }
  return errors;
}

void NetlinkRequest::ApplyBatch(AddressOperation operation,
                                std::span<const AddressRequest> requests, uint32_t valid_seconds,
                                std::span<int> errors) {
  // Reachable is neither what is to go, nor what could not be added.
  if (operation == AddressOperation::kRemove) WriteRoutes(RouteOperation::kRemove, requests);
  const uint32_t first = sequence_;
  sequence_ += static_cast<uint32_t>(requests.size());
  Write(BuildAddressBatch(operation, requests, first, valid_seconds), first, errors);
  if (operation != AddressOperation::kAdd) return;
  std::vector<AddressRequest> added;
  for (size_t i = 0; i < requests.size(); i++) {
    if (errors[i] == 0) added.push_back(requests[i]);
  }
  WriteRoutes(RouteOperation::kAdd, added);
}

// What fails only leaves the kernel's own pace, or was not there.
void NetlinkRequest::WriteRoutes(RouteOperation operation,
                                 std::span<const AddressRequest> requests) {
  const auto is_v6 = [](const AddressRequest& request) { return request.address.IsV6(); };
  std::vector<int> errors(
      static_cast<size_t>(std::count_if(requests.begin(), requests.end(), is_v6)));
  if (errors.empty()) return;
  const uint32_t first = sequence_;
  sequence_ += static_cast<uint32_t>(errors.size());
  Write(BuildLocalRoutes(operation, requests, first), first, errors);
}

void NetlinkRequest::Write(std::span<const uint8_t> bytes, uint32_t first_sequence,
                           std::span<int> errors) {
  int error = Send(bytes);
  if (error == 0) error = CollectReports(first_sequence, errors);
  if (error == 0) return;
  // What became of the others is not known: they count as not done.
  for (int& each : errors) {
    if (each == 0) each = error;
  }
}

int NetlinkRequest::CollectReports(uint32_t first_sequence, std::span<int> errors) {
  for (;;) {
    std::span<const uint8_t> datagram;
    if (const int error = Receive(&datagram); error != 0) return error;
    MessageReader reader(datagram);
    for (NetlinkMessage message; reader.Next(&message);) {
      int report = 0;
      if (message.header.nlmsg_type != NLMSG_ERROR || message.payload.size() < sizeof report)
        continue;
      std::memcpy(&report, message.payload.data(), sizeof report);
      // Unsigned difference: what is left over from an earlier batch lies far beyond the end.
      const uint32_t position = message.header.nlmsg_seq - first_sequence;
      if (position >= errors.size()) continue;
      errors[position] = -report;
      if (position == errors.size() - 1) return 0;
    }
  }
}

int NetlinkRequest::Dump(std::vector<InterfaceEvent>* events) {
  events->clear();
  if (const int error = DumpType(RTM_GETLINK, events); error != 0) return error;
  return DumpType(RTM_GETADDR, events);
}

int NetlinkRequest::DumpType(uint16_t type, std::vector<InterfaceEvent>* events) {
  const size_t before = events->size();
  int error = EINTR;
  for (int attempt = 0; attempt < kDumpAttempts && error == EINTR; attempt++) {
    events->resize(before);
    error = DumpOnce(type, events);
  }
  return error == EINTR ? 0 : error;
}

// Returns EINTR where the kernel says that something changed meanwhile.
int NetlinkRequest::DumpOnce(uint16_t type, std::vector<InterfaceEvent>* events) {
  const uint32_t sequence = sequence_++;
  NetlinkBuilder builder;
  builder.Begin(type, NLM_F_REQUEST | NLM_F_DUMP, sequence);
  // Long enough for the header of either type, all zero: of any family.
  const ifinfomsg everything{};
  builder.Append(&everything, type == RTM_GETLINK ? sizeof(ifinfomsg) : sizeof(ifaddrmsg));
  if (const int error = Send(builder.bytes()); error != 0) return error;
  bool interrupted = false;
  for (;;) {
    std::span<const uint8_t> datagram;
    if (const int error = Receive(&datagram); error != 0) return error;
    MessageReader reader(datagram);
    for (NetlinkMessage message; reader.Next(&message);) {
      if (message.header.nlmsg_seq != sequence) continue;
      interrupted |= (message.header.nlmsg_flags & NLM_F_DUMP_INTR) != 0;
      if (message.header.nlmsg_type == NLMSG_DONE) return interrupted ? EINTR : 0;
      if (message.header.nlmsg_type == NLMSG_ERROR) {
        int report = 0;
        if (message.payload.size() < sizeof report) return EBADMSG;
        std::memcpy(&report, message.payload.data(), sizeof report);
        return report == 0 ? EBADMSG : -report;
      }
      if (auto event = ParseInterfaceEvent(message)) events->push_back(std::move(*event));
    }
  }
}

int NetlinkRequest::Execute(uint16_t type, uint16_t flags, std::span<const uint8_t> payload,
                            std::vector<uint8_t>* reply) {
  const uint32_t sequence = sequence_++;
  NetlinkBuilder builder;
  builder.Begin(type, static_cast<uint16_t>(flags | NLM_F_REQUEST | NLM_F_ACK), sequence);
  builder.Append(payload.data(), payload.size());
  if (const int error = Send(builder.bytes()); error != 0) return error;
  for (;;) {
    std::span<const uint8_t> datagram;
    if (const int error = Receive(&datagram); error != 0) return error;
    MessageReader reader(datagram);
    for (NetlinkMessage message; reader.Next(&message);) {
      if (message.header.nlmsg_seq != sequence) continue;
      int report = 0;
      if (message.header.nlmsg_type != NLMSG_ERROR) {
        if (reply != nullptr) reply->assign(message.payload.begin(), message.payload.end());
      } else if (message.payload.size() >= sizeof report) {
        std::memcpy(&report, message.payload.data(), sizeof report);
        return -report;
      }
    }
  }
}

int NetlinkRequest::Send(std::span<const uint8_t> bytes) {
  sockaddr_nl kernel{};
  kernel.nl_family = AF_NETLINK;
  iovec data{const_cast<uint8_t*>(bytes.data()), bytes.size()};
  msghdr message{};
  message.msg_name = &kernel;
  message.msg_namelen = sizeof kernel;
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  ssize_t sent = 0;
  do sent = sendmsg(socket_.get(), &message, 0);
  while (sent < 0 && errno == EINTR);
  return sent < 0 ? errno : 0;
}

int NetlinkRequest::Receive(std::span<const uint8_t>* datagram) {
  for (;;) {
    sockaddr_nl from{};
    socklen_t from_length = sizeof from;
    const ssize_t length = recvfrom(socket_.get(), buffer_.data(), buffer_.size(), MSG_TRUNC,
                                    reinterpret_cast<sockaddr*>(&from), &from_length);
    if (length < 0 && errno == EINTR) continue;
    if (length < 0) return errno == EAGAIN ? ETIMEDOUT : errno;
    if (static_cast<size_t>(length) > buffer_.size()) return EMSGSIZE;
    // Any process may write to a netlink socket: only the kernel is listened to.
    if (from.nl_pid != 0) continue;
    *datagram = std::span(buffer_).first(static_cast<size_t>(length));
    return 0;
  }
}

}  // namespace raisd
