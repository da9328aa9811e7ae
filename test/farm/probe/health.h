// A server of HTTP/1.0 that knows one answer: how the service is. Enough for one test object that
// asks once in a while, and never blocks the program that it is part of.

#ifndef RAISD_TEST_FARM_PROBE_HEALTH_H_
#define RAISD_TEST_FARM_PROBE_HEALTH_H_

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>

constexpr uint16_t kHealthPort = 7080;

class HealthServer {
 public:
  static constexpr int kClients = 8;
  // How many entries of a poll array it fills.
  static constexpr int kDescriptors = 1 + kClients;

  // False: the reason is in errno.
  bool Open() {
    for (int& client : clients_) client = -1;
    listener_ = socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const int on = 1;
    setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in6 any{};
    any.sin6_family = AF_INET6;
    any.sin6_port = htons(kHealthPort);
    return bind(listener_, reinterpret_cast<sockaddr*>(&any), sizeof any) == 0 &&
           listen(listener_, kClients) == 0;
  }

  void Fill(pollfd* entries) const {
    entries[0] = {listener_, POLLIN, 0};
    for (int i = 0; i < kClients; i++) entries[1 + i] = {clients_[i], POLLIN, 0};
  }

  // Accepts whoever comes and answers whoever has asked.
  void Serve(const pollfd* entries, bool well) {
    for (int i = 0; i < kClients; i++)
      if (clients_[i] >= 0 && entries[1 + i].revents != 0) Answer(clients_[i], well);
    if (entries[0].revents == 0) return;
    const int client = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (client < 0) return;
    for (int& slot : clients_) {
      if (slot >= 0) continue;
      slot = client;
      return;
    }
    close(client);
  }

 private:
  // A request as small as a test object's arrives in one piece.
  static void Answer(int& client, bool well) {
    char request[4096];
    const char* answer =
        well ? "HTTP/1.0 200 OK\r\n\r\nwell\n" : "HTTP/1.0 503 Service Unavailable\r\n\r\nsick\n";
    if (recv(client, request, sizeof request, 0) > 0)
      send(client, answer, strlen(answer), MSG_NOSIGNAL);
    close(client);
    client = -1;
  }

  int listener_ = -1;
  int clients_[kClients];
};

#endif  // RAISD_TEST_FARM_PROBE_HEALTH_H_
