#include "sockets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cstring>
#include <utility>

namespace raisd {
namespace {

/** Heartbeats of 255 hosts at 10 ms for a second, should the receiver be held up. */
constexpr int kReceiveBufferBytes = 8 << 20;
/** DSCP CS6 (network control), as the traffic class byte. */
constexpr int kTrafficClass = 48 << 2;
constexpr int kPriority = 6;
constexpr int kHops = 255;
constexpr int kOperatorBacklog = 64;

/** Sets options until one fails, so that the caller reads as a list. */
class Options {
 public:
  explicit Options(int fd) : fd_(fd) {}

  template <typename T>
  void Set(int level, int name, const T& value, const char* step) {
    if (failure_.error != 0) return;
    if (setsockopt(fd_, level, name, &value, sizeof value) != 0) failure_ = {step, errno};
  }
  /** Worth having, never worth failing for. */
  template <typename T>
  bool Try(int level, int name, const T& value) {
    return setsockopt(fd_, level, name, &value, sizeof value) == 0;
  }
  StepFailure failure() const { return failure_; }

 private:
  int fd_;
  StepFailure failure_;
};

/**
 * Lets sockets of this process share a port at the moment at which one of them is bound. Who does
 * not ask for it, or comes before or after, is refused.
 */
class PortSharing {
 public:
  /** SO_REUSEPORT for listeners; SO_REUSEADDR for datagrams, all of which the newest gets. */
  PortSharing(int option, std::vector<int> sockets)
      : option_(option), sockets_(std::move(sockets)) {
    Set(1);
  }
  ~PortSharing() { Set(0); }
  PortSharing(const PortSharing&) = delete;
  PortSharing& operator=(const PortSharing&) = delete;

 private:
  void Set(int on) {
    for (const int fd : sockets_) setsockopt(fd, SOL_SOCKET, option_, &on, sizeof on);
  }

  int option_;
  std::vector<int> sockets_;
};

StepFailure SetCommon(int fd, const ControlSocketOptions& options) {
  Options set(fd);
  const int on = 1;
  // Several groups may share a port, each on its own group address. Who joins theirs as well gets
  // copies; of unicast he would get all that is for us.
  if (options.multicast) set.Set(SOL_SOCKET, SO_REUSEADDR, on, "SO_REUSEADDR");
  set.Set(SOL_SOCKET, SO_TIMESTAMPNS, on, "SO_TIMESTAMPNS");
  if (set.failure().error != 0) return set.failure();
  char name[IFNAMSIZ] = {};
  std::strncpy(name, options.interface.c_str(), IFNAMSIZ - 1);
  // R6: what arrives here came over this interface, and what leaves goes out of it.
  set.Set(SOL_SOCKET, SO_BINDTODEVICE, name, "SO_BINDTODEVICE");
  if (!set.Try(SOL_SOCKET, SO_RCVBUFFORCE, kReceiveBufferBytes)) {
    set.Try(SOL_SOCKET, SO_RCVBUF, kReceiveBufferBytes);
  }
  set.Try(SOL_SOCKET, SO_PRIORITY, kPriority);
  return set.failure();
}

StepFailure SetV4(int fd, const ControlSocketOptions& options, const in_addr& group,
                  const in_addr& source) {
  Options set(fd);
  set.Set(IPPROTO_IP, IP_TTL, kHops, "IP_TTL");
  set.Set(IPPROTO_IP, IP_RECVTTL, 1, "IP_RECVTTL");
  set.Try(IPPROTO_IP, IP_TOS, kTrafficClass);
  if (!options.multicast) return set.failure();
  ip_mreqn membership = {};
  membership.imr_multiaddr = group;
  membership.imr_address = source;
  membership.imr_ifindex = static_cast<int>(options.interface_index);
  set.Set(IPPROTO_IP, IP_MULTICAST_TTL, kHops, "IP_MULTICAST_TTL");
  set.Set(IPPROTO_IP, IP_MULTICAST_LOOP, 0, "IP_MULTICAST_LOOP");
  // Or this socket would hear every group that any program on this host has joined.
  set.Set(IPPROTO_IP, IP_MULTICAST_ALL, 0, "IP_MULTICAST_ALL");
  set.Set(IPPROTO_IP, IP_MULTICAST_IF, membership, "IP_MULTICAST_IF");
  set.Set(IPPROTO_IP, IP_ADD_MEMBERSHIP, membership, "IP_ADD_MEMBERSHIP");
  return set.failure();
}

StepFailure SetV6(int fd, const ControlSocketOptions& options, const in6_addr& group) {
  Options set(fd);
  set.Set(IPPROTO_IPV6, IPV6_V6ONLY, 1, "IPV6_V6ONLY");
  set.Set(IPPROTO_IPV6, IPV6_UNICAST_HOPS, kHops, "IPV6_UNICAST_HOPS");
  set.Set(IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1, "IPV6_RECVHOPLIMIT");
  set.Try(IPPROTO_IPV6, IPV6_TCLASS, kTrafficClass);
  if (!options.multicast) return set.failure();
  ipv6_mreq membership = {};
  membership.ipv6mr_multiaddr = group;
  membership.ipv6mr_interface = options.interface_index;
  const int index = static_cast<int>(options.interface_index);
  set.Set(IPPROTO_IPV6, IPV6_MULTICAST_HOPS, kHops, "IPV6_MULTICAST_HOPS");
  set.Set(IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0, "IPV6_MULTICAST_LOOP");
  set.Set(IPPROTO_IPV6, IPV6_MULTICAST_ALL, 0, "IPV6_MULTICAST_ALL");
  set.Set(IPPROTO_IPV6, IPV6_MULTICAST_IF, index, "IPV6_MULTICAST_IF");
  set.Set(IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, membership, "IPV6_ADD_MEMBERSHIP");
  return set.failure();
}

StepFailure BindV4(int fd, uint16_t port, const in_addr& address) {
  sockaddr_in bound = {};
  bound.sin_family = AF_INET;
  bound.sin_port = htons(port);
  bound.sin_addr = address;
  if (bind(fd, reinterpret_cast<sockaddr*>(&bound), sizeof bound) != 0) return {"bind", errno};
  return {};
}

StepFailure BindV6(int fd, uint16_t port, const in6_addr& address, unsigned scope) {
  sockaddr_in6 bound = {};
  bound.sin6_family = AF_INET6;
  bound.sin6_port = htons(port);
  bound.sin6_addr = address;
  bound.sin6_scope_id = scope;
  if (bind(fd, reinterpret_cast<sockaddr*>(&bound), sizeof bound) != 0) return {"bind", errno};
  return {};
}

StepFailure ConfigureV4(int fd, const ControlSocketOptions& options) {
  in_addr group = {}, source = {};
  if (options.multicast && inet_pton(AF_INET, options.group.c_str(), &group) != 1)
    return {"group address", EINVAL};
  if (inet_pton(AF_INET, options.control_address.c_str(), &source) != 1)
    return {"control address", EINVAL};
  if (const StepFailure failure = SetV4(fd, options, group, source); failure.error != 0)
    return failure;
  return BindV4(fd, options.port, options.multicast ? group : source);
}

StepFailure ConfigureV6(int fd, const ControlSocketOptions& options) {
  in6_addr group = {}, source = {};
  if (options.multicast && inet_pton(AF_INET6, options.group.c_str(), &group) != 1)
    return {"group address", EINVAL};
  if (inet_pton(AF_INET6, options.control_address.c_str(), &source) != 1)
    return {"control address", EINVAL};
  if (const StepFailure failure = SetV6(fd, options, group); failure.error != 0) return failure;
  return BindV6(fd, options.port, options.multicast ? group : source, options.interface_index);
}

StepFailure Configure(int fd, const ControlSocketOptions& options) {
  return options.family == 6 ? ConfigureV6(fd, options) : ConfigureV4(fd, options);
}

/** Whether somebody accepts connections at the address: 1, 0, or -1 with errno. */
int Answers(const sockaddr_un& address) {
  const Descriptor probe(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!probe.valid()) return -1;
  if (connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
    return 1;
  // EAGAIN: its backlog is full, so it lives.
  if (errno == EAGAIN || errno == EINPROGRESS) return 1;
  return errno == ECONNREFUSED || errno == ENOENT ? 0 : -1;
}

/** Removes a socket file that nobody answers on. */
StepFailure RemoveStale(const sockaddr_un& address) {
  struct stat status;
  if (lstat(address.sun_path, &status) != 0)
    return errno == ENOENT ? StepFailure{} : StepFailure{"stat", errno};
  if (!S_ISSOCK(status.st_mode)) return {"not a socket", EADDRINUSE};
  switch (Answers(address)) {
    case 1:
      return {"another daemon answers on it", EADDRINUSE};
    case 0:
      if (unlink(address.sun_path) != 0 && errno != ENOENT) return {"unlink", errno};
      return {};
    default:
      return {"connect", errno};
  }
}

}  // namespace

StepFailure OpenControlSocket(const ControlSocketOptions& options, std::vector<int> beside,
                              Descriptor* socket_out) {
  if (options.interface.empty() || options.interface.size() >= IFNAMSIZ)
    return {"interface name", EINVAL};
  const int domain = options.family == 6 ? AF_INET6 : AF_INET;
  Descriptor opened(socket(domain, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_UDP));
  if (!opened.valid()) return {"socket", errno};
  StepFailure failure = SetCommon(opened.get(), options);
  if (failure.error != 0) return failure;
  if (options.multicast) {
    failure = Configure(opened.get(), options);
  } else {
    beside.push_back(opened.get());
    const PortSharing sharing(SO_REUSEADDR, std::move(beside));
    failure = Configure(opened.get(), options);
  }
  if (failure.error != 0) return failure;
  *socket_out = std::move(opened);
  return {};
}

StepFailure OpenUnixListener(const std::string& path, mode_t mode, Descriptor* socket_out) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) return {"path", ENAMETOOLONG};
  std::memcpy(address.sun_path, path.data(), path.size());
  Descriptor opened(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!opened.valid()) return {"socket", errno};
  if (const StepFailure failure = RemoveStale(address); failure.error != 0) return failure;
  // bind() creates the file with the socket's own mode less the umask: never wider than asked for.
  if (fchmod(opened.get(), mode) != 0) return {"fchmod", errno};
  const mode_t mask = umask(0);
  const int bound = bind(opened.get(), reinterpret_cast<sockaddr*>(&address), sizeof address);
  const int error = errno;
  umask(mask);
  if (bound != 0) return {"bind", error};
  if (chmod(address.sun_path, mode) != 0) return {"chmod", errno};
  if (listen(opened.get(), kOperatorBacklog) != 0) return {"listen", errno};
  *socket_out = std::move(opened);
  return {};
}

StepFailure BindAndListen(int fd, const sockaddr* where, socklen_t size) {
  if (bind(fd, where, size) != 0) return {"bind", errno};
  if (listen(fd, kOperatorBacklog) != 0) return {"listen", errno};
  return {};
}

StepFailure OpenTcpListener(const std::string& address, uint16_t port, int beside,
                            Descriptor* socket_out) {
  sockaddr_in v4 = {};
  sockaddr_in6 v6 = {};
  v4.sin_family = AF_INET;
  v4.sin_port = v6.sin6_port = htons(port);
  v6.sin6_family = AF_INET6;
  const bool is_v4 = inet_pton(AF_INET, address.c_str(), &v4.sin_addr) == 1;
  if (!is_v4 && inet_pton(AF_INET6, address.c_str(), &v6.sin6_addr) != 1)
    return {"address", EINVAL};
  Descriptor opened(
      socket(is_v4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!opened.valid()) return {"socket", errno};
  const int on = 1;
  if (setsockopt(opened.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0)
    return {"SO_REUSEADDR", errno};
  if (!is_v4 && setsockopt(opened.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) != 0)
    return {"IPV6_V6ONLY", errno};
  const auto* where = is_v4 ? reinterpret_cast<sockaddr*>(&v4) : reinterpret_cast<sockaddr*>(&v6);
  const socklen_t size = is_v4 ? sizeof v4 : sizeof v6;
  StepFailure failure = BindAndListen(opened.get(), where, size);
  if (failure.error == EADDRINUSE && beside >= 0) {
    const PortSharing sharing(SO_REUSEPORT, {opened.get(), beside});
    failure = BindAndListen(opened.get(), where, size);
  }
  if (failure.error != 0) return failure;
  *socket_out = std::move(opened);
  return {};
}

StepFailure OpenStreamPair(Descriptor* first, Descriptor* second) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0)
    return {"socketpair", errno};
  *first = Descriptor(ends[0]);
  *second = Descriptor(ends[1]);
  return {};
}

}  // namespace raisd
