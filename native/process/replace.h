// The supervisor in the place of itself (R53): another program in the same process, with the same
// children, which keeps the descriptors that it is told of.

#ifndef RAISD_PROCESS_REPLACE_H_
#define RAISD_PROCESS_REPLACE_H_

#include <string>
#include <vector>

namespace raisd {

struct ReplaceOptions {
  std::string path;
  /** Without the program's name, which is `path`. */
  std::vector<std::string> arguments;
  /** NAME=value. */
  std::vector<std::string> environment;
  /** Stay open, under the same numbers; all others that are CLOEXEC are closed. */
  std::vector<int> descriptors;
};

/** Does not return, unless it fails: errno then, and everything is as before. */
int ReplaceProcess(const ReplaceOptions& options);

}  // namespace raisd

#endif  // RAISD_PROCESS_REPLACE_H_
