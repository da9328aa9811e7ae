// Commands on standard input, one a line.

#ifndef RAISD_TEST_FARM_PROBE_COMMAND_LINES_H_
#define RAISD_TEST_FARM_PROBE_COMMAND_LINES_H_

#include <unistd.h>

#include <cerrno>
#include <string>

class CommandLines {
 public:
  // Reads what is there, once, and calls `each` with every whole line. False: end of input.
  template <typename Each>
  bool Read(Each each) {
    char buffer[4096];
    const ssize_t size = read(STDIN_FILENO, buffer, sizeof buffer);
    if (size < 0) return errno == EINTR || errno == EAGAIN;
    if (size == 0) return false;
    pending_.append(buffer, static_cast<size_t>(size));
    for (size_t end; (end = pending_.find('\n')) != std::string::npos; pending_.erase(0, end + 1)) {
      each(pending_.substr(0, end));
    }
    return true;
  }

 private:
  std::string pending_;
};

#endif  // RAISD_TEST_FARM_PROBE_COMMAND_LINES_H_
