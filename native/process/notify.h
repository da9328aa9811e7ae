// The service manager's notification socket (sd_notify(3)): systemd names it in NOTIFY_SOCKET, and
// whoever has a descriptor that is connected to it can speak, without a right to open anything.

#ifndef RAISD_PROCESS_NOTIFY_H_
#define RAISD_PROCESS_NOTIFY_H_

#include <string>

#include "descriptor.h"

namespace raisd {

/**
 * Connects to the socket by its name: a path, or `@` and an abstract name. 0 or errno: EINVAL where
 * the name is neither, or too long.
 */
int ConnectNotifySocket(const std::string& name, Descriptor* connected);

/**
 * Sends one notice, lines of `NAME=value`. Waits at most kNotifyMilliseconds for a manager that is
 * busy; 0 or errno (EAGAIN: it still is).
 */
int SendNotice(int fd, const std::string& notice);

constexpr int kNotifyMilliseconds = 1000;

}  // namespace raisd

#endif  // RAISD_PROCESS_NOTIFY_H_
