#include "scheduling.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>

#include "descriptor.h"

namespace raisd {
namespace {

/** struct sched_attr of the kernel, which Debian's C library does not declare. */
struct SchedulingAttributes {
  uint32_t size = sizeof(SchedulingAttributes);
  uint32_t policy = SCHED_OTHER;
  uint64_t flags = 0;
  int32_t nice = 0;
  uint32_t priority = 0;
  uint64_t runtime = 0;
  uint64_t deadline = 0;
  uint64_t period = 0;
};

/** SCHED_FLAG_RESET_ON_FORK: what the thread starts has neither its nice value nor its slice. */
constexpr uint64_t kResetOnFork = 0x01;

std::string TasksOf(pid_t pid) {
  return "/proc/" + std::to_string(pid) + "/task";
}

/** Calls `act` with each thread; the number of those for which it says true, or -1 with errno. */
template <typename Act>
int ForEachThread(pid_t pid, const Act& act) {
  DIR* directory = opendir(TasksOf(pid).c_str());
  if (directory == nullptr) return -1;
  int count = 0, error = 0;
  while (const dirent* entry = readdir(directory)) {
    const int thread = atoi(entry->d_name);
    if (thread <= 0) continue;
    errno = 0;
    if (act(thread)) count++;
    // A thread that has ended since is no failure.
    if (errno != 0 && errno != ESRCH && errno != ENOENT) error = errno;
  }
  closedir(directory);
  errno = error;
  return error != 0 ? -1 : count;
}

std::string NameOf(pid_t pid, int thread) {
  const std::string path = TasksOf(pid) + "/" + std::to_string(thread) + "/comm";
  const Descriptor comm(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  char text[32] = {};
  const ssize_t size = comm.valid() ? read(comm.get(), text, sizeof text - 1) : -1;
  // It ends with a line feed.
  return size <= 0 ? std::string() : std::string(text, static_cast<size_t>(size) - 1);
}

}  // namespace

int SetThreadRealtime(pid_t pid, const std::string& name, int priority) {
  return ForEachThread(pid, [&](int thread) {
    if (NameOf(pid, thread) != name) return false;
    sched_param parameter = {};
    parameter.sched_priority = priority;
    return sched_setscheduler(thread, SCHED_FIFO | SCHED_RESET_ON_FORK, &parameter) == 0;
  });
}

int PrioritizeMainThread(pid_t pid, int nice, uint64_t slice_nanoseconds) {
  SchedulingAttributes attributes;
  attributes.nice = nice;
  attributes.flags = kResetOnFork;
  attributes.runtime = slice_nanoseconds;
  return syscall(SYS_sched_setattr, pid, &attributes, 0) == 0 ? 0 : errno;
}

}  // namespace raisd
