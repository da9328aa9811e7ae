// The sockets that need privilege or care to open: one control socket per group and control
// interface, and the listening operator socket. Each function says in `step` which call failed.

#ifndef RAISD_PROCESS_SOCKETS_H_
#define RAISD_PROCESS_SOCKETS_H_

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "descriptor.h"

namespace raisd {

struct ControlSocketOptions {
  /** 4 or 6. */
  int family = 4;
  /** The service group address; with `multicast` it is joined and bound. */
  std::string group;
  uint16_t port = 0;
  std::string interface;
  unsigned interface_index = 0;
  /** This host's address on the interface: the source of what is sent. */
  std::string control_address;
  bool multicast = true;
};

/** The call that failed and its errno; error 0: none did. */
struct StepFailure {
  const char* step = "";
  int error = 0;
};

/**
 * A UDP socket for one group on one control interface (R5, R6). `beside`: those of the caller's own
 * that may be bound to the same address and port, and may go on, under unicast. Nobody else's may:
 * EADDRINUSE.
 */
StepFailure OpenControlSocket(const ControlSocketOptions& options, std::vector<int> beside,
                              Descriptor* socket);

/**
 * A listening SOCK_STREAM socket at `path`. A socket file that nobody answers on is replaced;
 * EADDRINUSE where somebody does, or where something else than a socket is there.
 */
StepFailure OpenUnixListener(const std::string& path, mode_t mode, Descriptor* socket);

/**
 * A listening TCP socket at an address of either family. `beside`: one of the caller's that may
 * listen at the same port meanwhile, as a wildcard does on the way to a single address; -1: none.
 */
StepFailure OpenTcpListener(const std::string& address, uint16_t port, int beside,
                            Descriptor* socket);

/** Two ends of a SOCK_STREAM connection within this machine. */
StepFailure OpenStreamPair(Descriptor* first, Descriptor* second);

}  // namespace raisd

#endif  // RAISD_PROCESS_SOCKETS_H_
