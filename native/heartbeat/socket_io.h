// One group's socket on one control interface: datagrams out, and batches in with arrival time and
// TTL. The interface is known by the socket, which whoever opened it has bound to it.

#ifndef RAISD_HEARTBEAT_SOCKET_IO_H_
#define RAISD_HEARTBEAT_SOCKET_IO_H_

#include <sys/socket.h>

#include <array>
#include <cstdint>

#include "bytes.h"
#include "clock.h"
#include "destinations.h"
#include "group.h"
#include "limits.h"

namespace raisd::heartbeat {

/** Closes what it owns. */
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor();
  Descriptor(Descriptor&& other) noexcept : fd_(other.Release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept;

  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  int Release();

 private:
  int fd_ = -1;
};

/** The kernel's stamp of a received message in wall clock; 0: none. */
uint64_t StampOf(const msghdr& header);

struct Datagram {
  Bytes data;
  Arrival arrival;
};

/** Room for one recvmmsg; shared by all sockets of a thread. */
class ReceiveBatch {
 public:
  ReceiveBatch();

  struct Result {
    size_t count = 0;
    /** There was nothing left. */
    bool is_empty = false;
    /** errno of a receive that failed; 0: none. */
    int error = 0;
  };
  Result Receive(int fd);
  /** Datagram `index` of the last batch. `interface` and `empty_at` are the socket's. */
  Datagram Get(size_t index, uint8_t interface, uint64_t empty_at) const;

 private:
  // One byte more than a frame, so that what is too long shows.
  static constexpr size_t kBufferBytes = kMaxFrameBytes + 1;
  static constexpr size_t kControlBytes = 128;

  void Prepare();

  Clocks read_at_ = {};
  std::array<mmsghdr, kReceiveBatch> headers_ = {};
  std::array<iovec, kReceiveBatch> vectors_ = {};
  std::array<SocketAddress, kReceiveBatch> sources_ = {};
  alignas(cmsghdr) std::array<std::array<uint8_t, kControlBytes>, kReceiveBatch> controls_ = {};
  std::array<std::array<uint8_t, kBufferBytes>, kReceiveBatch> buffers_ = {};
};

class GroupSocket {
 public:
  /** Takes the descriptor if it returns 0; otherwise errno: it is no UDP socket. */
  int Open(Descriptor* socket);

  int fd() const { return socket_.get(); }
  bool is_open() const { return socket_.valid(); }

  /** Sends to one destination: 0 or errno. A destination of the other family is EAFNOSUPPORT. */
  int Send(Bytes frame, const Id& destination, uint16_t port) const;

  /** Takes the pending error off the socket, or the poll would report it for ever. */
  int TakeError() const;

  /** When the receive queue was last known to be empty; 0: never. */
  uint64_t empty_at = 0;
  /** In the poll set. A socket in error is left out until the next heartbeat. */
  bool is_watched = false;

 private:
  Descriptor socket_;
  int family_ = 0;
  /** Of the interface that it is bound to; 0: none. */
  int interface_index_ = 0;
};

}  // namespace raisd::heartbeat

#endif  // RAISD_HEARTBEAT_SOCKET_IO_H_
