#include "notify.h"

#include <errno.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <cstring>

namespace raisd {

int ConnectNotifySocket(const std::string& name, Descriptor* connected) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  const bool is_abstract = !name.empty() && name[0] == '@';
  if (!is_abstract && (name.empty() || name[0] != '/')) return EINVAL;
  if (name.size() < 2 || name.size() >= sizeof address.sun_path) return EINVAL;
  std::memcpy(address.sun_path, name.data(), name.size());
  if (is_abstract) address.sun_path[0] = '\0';
  Descriptor opened(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!opened.valid()) return errno;
  const timeval patience = {kNotifyMilliseconds / 1000, kNotifyMilliseconds % 1000 * 1000};
  if (setsockopt(opened.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) != 0)
    return errno;
  // An abstract name ends where the length says, a path with its zero.
  const size_t size = offsetof(sockaddr_un, sun_path) + name.size() + (is_abstract ? 0 : 1);
  if (connect(opened.get(), reinterpret_cast<sockaddr*>(&address), static_cast<socklen_t>(size)) !=
      0)
    return errno;
  *connected = std::move(opened);
  return 0;
}

int SendNotice(int fd, const std::string& notice) {
  ssize_t sent;
  do {
    sent = send(fd, notice.data(), notice.size(), MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent < 0 ? errno : 0;
}

}  // namespace raisd
