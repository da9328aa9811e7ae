// Goes over to another program in place (execve(2)): pid, children, their bond to this process
// (PR_SET_PDEATHSIG), capabilities, limits and priority stay. Of the descriptors exactly those
// named stay open, under their numbers, beside 0, 1 and 2.
//
// To be called on the main thread: a child's bond is to the thread that started it, and all other
// threads end. The new Node.js resets signals by itself.

#ifndef RAISD_PROCESS_REPLACE_PROGRAM_H_
#define RAISD_PROCESS_REPLACE_PROGRAM_H_

#include <string>
#include <vector>

namespace raisd {

struct Replacement {
  std::string path;
  /** With argv[0]. */
  std::vector<std::string> arguments;
  /** `NAME=value`. */
  std::vector<std::string> environment;
  std::vector<int> descriptors;
};

/** Why nothing was replaced: the step and its errno. Descriptors are closed on exec as before. */
struct ReplacementFailure {
  const char* step;
  int error;
};

/** Returns where it fails, and only then. */
ReplacementFailure ReplaceProgram(const Replacement& replacement);

}  // namespace raisd

#endif  // RAISD_PROCESS_REPLACE_PROGRAM_H_
