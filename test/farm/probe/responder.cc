// responder NAME: answers every request with its own name, from the address that was asked. It is
// bound to the wildcard addresses, so that a service address that arrives on the host is answered
// for without a further word. No IP_FREEBIND: a host that has lost the address can no longer answer
// from it, as any server.
//
// It says how it is by HTTP as well: 200, or 503 after SIGUSR1, from when on it answers no request
// either. SIGUSR2 makes it well again. A thread of its own looks after that, so that the other one
// has nothing to wait for but requests: two system calls answer all that are there.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iterator>

#include "batch.h"
#include "echo.h"
#include "health.h"
#include "realtime.h"

namespace {

[[noreturn]] void Fail(const char* what) {
  fprintf(stderr, "responder: %s: %s\n", what, strerror(errno));
  exit(1);
}

// One socket for both families.
int Listen() {
  const int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) Fail("cannot open a socket");
  const int off = 0;
  const int on = 1;
  sockaddr_in6 any{};
  any.sin6_family = AF_INET6;
  any.sin6_port = htons(kEchoPort);
  setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on);
  if (bind(fd, reinterpret_cast<sockaddr*>(&any), sizeof any) != 0) Fail("cannot bind [::]");
  return fd;
}

// Turns the received packet information into what the answer is sent with: its source is the
// address asked. By which interface an IPv4 answer goes is for the routes to say, as it is for any
// server.
void AnswerFromAddressAsked(msghdr& message) {
  for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c)) {
    if (c->cmsg_level != IPPROTO_IPV6 || c->cmsg_type != IPV6_PKTINFO) continue;
    in6_pktinfo info{};
    memcpy(&info, CMSG_DATA(c), sizeof info);
    if (!IN6_IS_ADDR_V4MAPPED(&info.ipi6_addr)) continue;
    info.ipi6_ifindex = 0;
    memcpy(CMSG_DATA(c), &info, sizeof info);
  }
}

// Answers requests, all that are there at a time.
class Responder {
 public:
  explicit Responder(const char* name) {
    for (Reply& reply : replies_) strncpy(reply.host, name, kHostNameBytes - 1);
  }

  // Waits for the next requests, and answers them if the service is well.
  void Answer(int fd, const std::atomic<bool>& well) {
    requests_.Receive(fd, MSG_WAITFORONE);
    unsigned int count = 0;
    for (size_t i = 0; i < requests_.size() && well; i++) {
      if (requests_.bytes(i) == sizeof(Request) && requests_[i].magic == kEchoMagic)
        PutReply(count++, i);
    }
    // One fails where its address has just left the host: the client has lost that request.
    for (unsigned int sent = 0; sent < count;) {
      const int taken = sendmmsg(fd, out_ + sent, count - sent, MSG_DONTWAIT);
      sent += taken > 0 ? static_cast<unsigned int>(taken) : 1;
    }
  }

 private:
  void PutReply(unsigned int at, size_t request) {
    replies_[at].request = requests_[request];
    bodies_[at] = {&replies_[at], sizeof replies_[at]};
    msghdr& answer = out_[at].msg_hdr;
    answer = requests_.header(request);
    AnswerFromAddressAsked(answer);
    answer.msg_iov = &bodies_[at];
    answer.msg_flags = 0;
  }

  Batch<Request> requests_;
  Reply replies_[Batch<Request>::kMost] = {};
  iovec bodies_[Batch<Request>::kMost];
  mmsghdr out_[Batch<Request>::kMost];
};

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

// What looks after the service, beside the answering of requests.
struct Care {
  HealthServer health;
  int signals = -1;
  std::atomic<bool> well = true;

  void Open() {
    if (!health.Open()) Fail("cannot serve HTTP");
    signals = OpenSignals();
  }

  [[noreturn]] void Run() {
    pollfd polled[1 + HealthServer::kDescriptors] = {{signals, POLLIN, 0}};
    for (;;) {
      health.Fill(polled + 1);
      if (poll(polled, std::size(polled), -1) < 0 && errno != EINTR) Fail("cannot poll");
      if (polled[0].revents != 0) well = IsWellNow(signals, well);
      health.Serve(polled + 1, well);
    }
  }
};

void* RunCare(void* care) {
  static_cast<Care*>(care)->Run();
}

// With a small stack: the memory of a host's responder is locked.
void StartThread(Care& care) {
  constexpr size_t kStackBytes = 64 << 10;
  pthread_attr_t attributes;
  pthread_t thread;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kStackBytes);
  errno = pthread_create(&thread, &attributes, RunCare, &care);
  if (errno != 0) Fail("cannot start a thread");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2 || strlen(argv[1]) >= kHostNameBytes) {
    fprintf(stderr, "usage: responder NAME\n");
    return 2;
  }
  const int fd = Listen();
  Responder responder(argv[1]);
  Care care;
  care.Open();
  ShareOneCore();
  const bool fifo = BecomeRealtime();
  StartThread(care);
  printf("{\"kind\":\"ready\",\"realtime\":%s}\n", fifo ? "true" : "false");
  fflush(stdout);
  for (;;) responder.Answer(fd, care.well);
}
