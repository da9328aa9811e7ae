#include "replace.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

namespace raisd {
namespace {

std::vector<char*> PointersTo(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

/** 0 or errno. */
int SetCloseOnExec(const std::vector<int>& descriptors, bool is_on) {
  int error = 0;
  for (const int fd : descriptors) {
    if (fcntl(fd, F_SETFD, is_on ? FD_CLOEXEC : 0) != 0) error = errno;
  }
  return error;
}

}  // namespace

int ReplaceProcess(const ReplaceOptions& options) {
  std::vector<std::string> words = {options.path};
  words.insert(words.end(), options.arguments.begin(), options.arguments.end());
  const std::vector<char*> arguments = PointersTo(words);
  const std::vector<char*> environment = PointersTo(options.environment);
  int error = SetCloseOnExec(options.descriptors, false);
  if (error == 0) {
    execve(options.path.c_str(), arguments.data(), environment.data());
    error = errno;
  }
  SetCloseOnExec(options.descriptors, true);
  return error;
}

}  // namespace raisd
