// Starts a program with exactly the rights that it is to have. Everything is taken away between
// fork and exec: capabilities are per thread, and Node has several threads before its first line of
// JavaScript.
//
// The bounding set is dropped first (it needs CAP_SETPCAP); capabilities survive exec for a
// non-root uid as ambient ones, and for uid 0 because the bounding set holds just them. The child
// reports a failed step over a pipe that exec closes.

#ifndef RAISD_PROCESS_SPAWN_H_
#define RAISD_PROCESS_SPAWN_H_

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "descriptor.h"

namespace raisd {

/** Descriptors that a child can be given at the most. */
constexpr size_t kMaxPassedDescriptors = 64;

struct SpawnOptions {
  std::string path;
  /** Without argv[0], which is `path`. */
  std::vector<std::string> arguments;
  /** `NAME=value`. */
  std::vector<std::string> environment;
  /** Become 3, 4, …; nothing else stays open but /dev/null as 0, and 1 and 2. */
  std::vector<int> descriptors;
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;
  /** One bit a capability; none: left as they are. */
  std::optional<uint64_t> capabilities;
  std::optional<int> nice;
  /** RLIMIT_RTPRIO. */
  std::optional<uint64_t> realtime_priority;
  /** RLIMIT_MEMLOCK, bytes. */
  std::optional<uint64_t> memory_lock;
  bool no_new_privileges = true;
  /** PR_SET_PDEATHSIG; 0: none. */
  int death_signal = 0;
};

struct SpawnResult {
  pid_t pid = -1;
  Descriptor pidfd;
  /** What was refused and is only worth having. */
  std::vector<std::string> refused;
  /** The step that failed and its errno; 0: the program runs. */
  std::string step;
  int error = 0;
};

SpawnResult Spawn(const SpawnOptions& options);

struct ExitStatus {
  /** Exit code, or -1. */
  int code = -1;
  /** Signal that ended it, or 0. */
  int signal = 0;
};

/** Reaps the ended process of a pidfd; 0 or errno. EAGAIN: it still runs. */
int ReapProcess(int pidfd, ExitStatus* status);

}  // namespace raisd

#endif  // RAISD_PROCESS_SPAWN_H_
