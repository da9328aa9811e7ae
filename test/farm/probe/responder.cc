// responder NAME: answers every request with its own name, from the address that was asked. It is
// bound to the wildcard addresses, so that a service address that arrives on the host is answered
// for without a further word. No IP_FREEBIND: a host that has lost the address can no longer answer
// from it, as any server.
//
// It says how it is by HTTP as well: 200, or 503 after SIGUSR1, from when on it answers no request
// either. SIGUSR2 makes it well again.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iterator>

#include "echo.h"
#include "health.h"
#include "realtime.h"

namespace {

[[noreturn]] void Fail(const char* what) {
  fprintf(stderr, "responder: %s: %s\n", what, strerror(errno));
  exit(1);
}

int Listen(int family) {
  const int fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) Fail("cannot open a socket");
  const int on = 1;
  sockaddr_in6 any6{};
  sockaddr_in any4{};
  if (family == AF_INET6) {
    any6.sin6_family = AF_INET6;
    any6.sin6_port = htons(kEchoPort);
    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on);
    if (bind(fd, reinterpret_cast<sockaddr*>(&any6), sizeof any6) != 0) Fail("cannot bind [::]");
  } else {
    any4.sin_family = AF_INET;
    any4.sin_port = htons(kEchoPort);
    setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof on);
    if (bind(fd, reinterpret_cast<sockaddr*>(&any4), sizeof any4) != 0) Fail("cannot bind 0.0.0.0");
  }
  return fd;
}

// Turns the received packet information into what the answer is sent with: its source is the
// address asked.
void AnswerFromAddressAsked(msghdr& message) {
  for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c)) {
    if (c->cmsg_level != IPPROTO_IP || c->cmsg_type != IP_PKTINFO) continue;
    in_pktinfo info{};
    memcpy(&info, CMSG_DATA(c), sizeof info);
    info.ipi_spec_dst = info.ipi_addr;
    info.ipi_ifindex = 0;
    memcpy(CMSG_DATA(c), &info, sizeof info);
  }
}

// Takes one request and answers it if the service is well. False: there is none.
bool AnswerOne(int fd, Reply& reply, bool well) {
  sockaddr_storage from{};
  alignas(cmsghdr) char control[128];
  iovec in{&reply.request, sizeof reply.request};
  msghdr message{};
  message.msg_name = &from;
  message.msg_namelen = sizeof from;
  message.msg_iov = &in;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  const ssize_t size = recvmsg(fd, &message, 0);
  if (size < 0) return errno != EAGAIN && errno != EINTR;
  if (size != sizeof reply.request || reply.request.magic != kEchoMagic || !well) return true;
  AnswerFromAddressAsked(message);
  iovec out{&reply, sizeof reply};
  message.msg_iov = &out;
  message.msg_flags = 0;
  sendmsg(fd, &message,
          0);  // fails where the address has just left the host: the client has lost that request
  return true;
}

int OpenSignals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigaddset(&set, SIGUSR2);
  sigprocmask(SIG_BLOCK, &set, nullptr);
  const int fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
  if (fd < 0) Fail("cannot open a signalfd");
  return fd;
}

// The last signal that came decides.
bool IsWellNow(int signals, bool well) {
  signalfd_siginfo info{};
  while (read(signals, &info, sizeof info) == sizeof info) well = info.ssi_signo == SIGUSR2;
  return well;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2 || strlen(argv[1]) >= kHostNameBytes) {
    fprintf(stderr, "usage: responder NAME\n");
    return 2;
  }
  Reply reply{};
  strncpy(reply.host, argv[1], kHostNameBytes - 1);
  const int sockets[] = {Listen(AF_INET), Listen(AF_INET6)};
  HealthServer health;
  if (!health.Open()) Fail("cannot serve HTTP");
  const int signals = OpenSignals();
  const bool fifo = BecomeRealtime();
  printf("{\"kind\":\"ready\",\"realtime\":%s}\n", fifo ? "true" : "false");
  fflush(stdout);
  pollfd polled[3 + HealthServer::kDescriptors] = {
      {sockets[0], POLLIN, 0}, {sockets[1], POLLIN, 0}, {signals, POLLIN, 0}};
  bool well = true;
  for (;;) {
    health.Fill(polled + 3);
    if (poll(polled, std::size(polled), -1) < 0 && errno != EINTR) Fail("cannot poll");
    if (polled[2].revents != 0) well = IsWellNow(signals, well);
    for (const pollfd& socket : {polled[0], polled[1]}) {
      while (socket.revents != 0 && AnswerOne(socket.fd, reply, well)) {
      }
    }
    health.Serve(polled + 3, well);
  }
}
