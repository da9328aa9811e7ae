#include "replace_program.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <utility>

namespace raisd {
namespace {

/** Has a descriptor stay open over exec, until the end of the scope that it was not. */
class Kept {
 public:
  explicit Kept(int fd) : fd_(fd), flags_(fcntl(fd, F_GETFD)) {
    if (flags_ >= 0) fcntl(fd_, F_SETFD, flags_ & ~FD_CLOEXEC);
  }
  Kept(Kept&& other) noexcept : fd_(other.fd_), flags_(std::exchange(other.flags_, -1)) {}
  ~Kept() {
    if (flags_ >= 0) fcntl(fd_, F_SETFD, flags_);
  }
  Kept(const Kept&) = delete;
  Kept& operator=(const Kept&) = delete;
  Kept& operator=(Kept&&) = delete;

  bool is_open() const { return flags_ >= 0; }

 private:
  int fd_;
  int flags_;
};

std::vector<char*> Pointers(const std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  pointers.reserve(strings.size() + 1);
  for (const std::string& text : strings) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

ReplacementFailure ReplaceProgram(const Replacement& replacement) {
  // What some library has opened without the flag must not outlive its owner.
  if (syscall(SYS_close_range, STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC) != 0) {
    return {"close_range", errno};
  }
  std::vector<Kept> kept;
  kept.reserve(replacement.descriptors.size() + 3);
  for (const int fd : replacement.descriptors) {
    if (!kept.emplace_back(fd).is_open()) return {"descriptors", EBADF};
  }
  // Node marks these as close-on-exec; one that is closed stays so.
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) kept.emplace_back(fd);
  const std::vector<char*> arguments = Pointers(replacement.arguments);
  const std::vector<char*> environment = Pointers(replacement.environment);
  execve(replacement.path.c_str(), arguments.data(), environment.data());
  return {"exec", errno};
}

}  // namespace raisd
