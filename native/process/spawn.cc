#include "spawn.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <array>
#include <cstring>

namespace raisd {
namespace {

constexpr int kFirstPassed = 3;
constexpr int kMaxCapability = 63;

/** What the child tells before exec. A fatal report is its last. */
struct Report {
  std::array<char, 32> step;
  int error;
  bool fatal;
};

/**
 * The child between fork and exec. Another thread of the parent may have held any lock at the fork,
 * so that only system calls are allowed here: no allocation, and no glibc wrapper that synchronises
 * threads.
 */
class Child {
 public:
  Child(const SpawnOptions& options, char* const* arguments, char* const* environment, int null,
        int report, pid_t parent)
      : options_(options),
        arguments_(arguments),
        environment_(environment),
        null_(null),
        report_(report),
        parent_(parent) {}

  [[noreturn]] void Run() {
    ResetSignals();
    // A session of its own: Ctrl-C at the supervisor's terminal must not end the roles out of
    // order.
    setsid();
    PlaceDescriptors();
    SetLimits();
    const bool limited = options_.capabilities.has_value();
    if (limited) DropBoundingSet();
    ChangeUser();
    if (limited) SetCapabilities();
    if (options_.no_new_privileges) {
      Check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs");
    }
    TieToParent();
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    execve(options_.path.c_str(), arguments_, environment_);
    Fail("exec");
  }

 private:
  void Tell(const char* step, bool fatal) {
    Report report = {};
    report.error = errno;
    report.fatal = fatal;
    std::strncpy(report.step.data(), step, report.step.size() - 1);
    // Shorter than PIPE_BUF: written whole.
    if (write(report_, &report, sizeof report) < 0) _exit(127);
  }
  [[noreturn]] void Fail(const char* step) {
    Tell(step, true);
    _exit(127);
  }
  void Check(long result, const char* step) {
    if (result < 0) Fail(step);
  }

  static void ResetSignals() {
    struct sigaction action = {};
    action.sa_handler = SIG_DFL;
    for (int number = 1; number < NSIG; number++) sigaction(number, &action, nullptr);
  }

  void PlaceDescriptors() {
    const int count = static_cast<int>(options_.descriptors.size());
    const int report_place = kFirstPassed + count;
    // Out of the way of the places first, or one move could overwrite another's source.
    std::array<int, kMaxPassedDescriptors> moved;
    for (int i = 0; i < count; i++) {
      moved[i] = fcntl(options_.descriptors[i], F_DUPFD_CLOEXEC, report_place + 1);
      Check(moved[i], "descriptors");
    }
    const int report = fcntl(report_, F_DUPFD_CLOEXEC, report_place + 1);
    Check(report, "descriptors");
    report_ = report;
    const int null = fcntl(null_, F_DUPFD_CLOEXEC, report_place + 1);
    Check(null, "descriptors");
    Check(dup2(null, STDIN_FILENO), "stdin");
    for (const int output : {STDOUT_FILENO, STDERR_FILENO}) {
      // Node marks its own as close-on-exec. A descriptor that is closed could become a passed
      // one's place.
      if (fcntl(output, F_SETFD, 0) != 0) Check(dup2(null, output), "output");
    }
    for (int i = 0; i < count; i++) {
      Check(dup2(moved[i], kFirstPassed + i), "descriptors");
    }
    Check(dup3(report, report_place, O_CLOEXEC), "descriptors");
    report_ = report_place;
    Check(syscall(SYS_close_range, report_place + 1, ~0U, 0), "close_range");
  }

  void SetLimits() {
    // Keys and other hosts' words are not for a core file. The hard limit stays: a service that an
    // acquire script starts may want its own.
    rlimit core;
    Check(getrlimit(RLIMIT_CORE, &core), "RLIMIT_CORE");
    core.rlim_cur = 0;
    Check(setrlimit(RLIMIT_CORE, &core), "RLIMIT_CORE");
    if (options_.nice) {
      if (setpriority(PRIO_PROCESS, 0, *options_.nice) != 0) Tell("nice", false);
    }
    if (options_.realtime_priority) {
      RaiseLimit(RLIMIT_RTPRIO, *options_.realtime_priority, "RLIMIT_RTPRIO");
    }
    if (options_.memory_lock) {
      RaiseLimit(RLIMIT_MEMLOCK, *options_.memory_lock, "RLIMIT_MEMLOCK");
    }
  }

  void RaiseLimit(__rlimit_resource_t resource, rlim_t wanted, const char* step) {
    const rlimit exact = {wanted, wanted};
    if (setrlimit(resource, &exact) == 0) return;
    const int refusal = errno;
    rlimit allowed;
    if (getrlimit(resource, &allowed) == 0) {
      allowed.rlim_cur = allowed.rlim_max;
      setrlimit(resource, &allowed);
    }
    errno = refusal;
    Tell(step, false);
  }

  void DropBoundingSet() {
    for (int capability = 0; capability <= kMaxCapability; capability++) {
      const int held = prctl(PR_CAPBSET_READ, capability, 0, 0, 0);
      if (held < 0) break;  // the kernel knows no more
      if (held == 0 || Wanted(capability)) continue;
      Check(prctl(PR_CAPBSET_DROP, capability, 0, 0, 0), "bounding set");
    }
    Check(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0), "ambient set");
  }

  void ChangeUser() {
    // Permitted capabilities outlive the change of uid until SetCapabilities trims them; exec
    // clears the flag.
    if (options_.capabilities) Check(prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0), "keepcaps");
    // Raw: glibc's wrappers would signal threads that do not exist here.
    Check(syscall(SYS_setgroups, options_.groups.size(), options_.groups.data()), "setgroups");
    Check(syscall(SYS_setresgid, options_.gid, options_.gid, options_.gid), "setresgid");
    Check(syscall(SYS_setresuid, options_.uid, options_.uid, options_.uid), "setresuid");
  }

  void SetCapabilities() {
    // uid 0 gets at exec what the bounding set holds, and its children that become others get
    // nothing.
    const bool ambient = options_.uid != 0;
    const uint64_t set = *options_.capabilities;
    __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct data[2];
    for (int word = 0; word < 2; word++) {
      const auto bits = static_cast<uint32_t>(set >> (32 * word));
      data[word] = {bits, bits, ambient ? bits : 0};
    }
    Check(syscall(SYS_capset, &header, data), "capset");
    if (!ambient) return;
    for (int capability = 0; capability <= kMaxCapability; capability++) {
      if (!Wanted(capability)) continue;
      Check(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0), "ambient set");
    }
  }

  void TieToParent() {
    if (options_.death_signal == 0) return;
    // After the change of uid, which clears it.
    Check(prctl(PR_SET_PDEATHSIG, options_.death_signal, 0, 0, 0), "death signal");
    if (getppid() != parent_) _exit(127);
  }

  bool Wanted(int capability) const { return (*options_.capabilities >> capability & 1) != 0; }

  const SpawnOptions& options_;
  char* const* arguments_;
  char* const* environment_;
  int null_;
  int report_;
  pid_t parent_;
};

std::vector<char*> Pointers(const std::vector<std::string>& strings, const std::string* first) {
  std::vector<char*> pointers;
  pointers.reserve(strings.size() + 2);
  if (first != nullptr) pointers.push_back(const_cast<char*>(first->c_str()));
  for (const std::string& text : strings) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

SpawnResult Failed(const char* step, int error) {
  SpawnResult result;
  result.step = step;
  result.error = error;
  return result;
}

/** Reads the child's reports until exec or its end closes the pipe. */
void ReadReports(int pipe, SpawnResult* result) {
  for (;;) {
    Report report;
    const ssize_t size = read(pipe, &report, sizeof report);
    if (size < 0 && errno == EINTR) continue;
    if (size != static_cast<ssize_t>(sizeof report)) return;
    if (report.fatal) {
      result->step = report.step.data();
      result->error = report.error;
    } else {
      result->refused.emplace_back(report.step.data());
    }
  }
}

}  // namespace

SpawnResult Spawn(const SpawnOptions& options) {
  if (options.descriptors.size() > kMaxPassedDescriptors) return Failed("descriptors", E2BIG);
  int pipe[2];
  if (pipe2(pipe, O_CLOEXEC) != 0) return Failed("pipe", errno);
  Descriptor reader(pipe[0]), writer(pipe[1]);
  const Descriptor null(open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!null.valid()) return Failed("/dev/null", errno);
  const std::vector<char*> arguments = Pointers(options.arguments, &options.path);
  const std::vector<char*> environment = Pointers(options.environment, nullptr);
  Child child(options, arguments.data(), environment.data(), null.get(), writer.get(), getpid());

  // No handler of the parent may run in the child before its signals are reset.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t pid = fork();
  if (pid == 0) child.Run();
  const int error = errno;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (pid < 0) return Failed("fork", error);

  writer.Reset();
  SpawnResult result;
  result.pid = pid;
  // Not a race: nobody but us reaps this child, so its pid is not given to another.
  result.pidfd.Reset(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  if (!result.pidfd.valid()) {
    result.step = "pidfd_open";
    result.error = errno;
    kill(pid, SIGKILL);
  } else {
    ReadReports(reader.get(), &result);
  }
  if (result.error != 0) {
    while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  return result;
}

int ReapProcess(int pidfd, ExitStatus* status) {
  siginfo_t info = {};
  int result;
  do {
    result = waitid(P_PIDFD, static_cast<id_t>(pidfd), &info, WEXITED | WNOHANG);
  } while (result != 0 && errno == EINTR);
  if (result != 0) return errno;
  if (info.si_pid == 0) return EAGAIN;
  if (info.si_code == CLD_EXITED) {
    *status = {info.si_status, 0};
  } else {
    *status = {-1, info.si_status};
  }
  return 0;
}

}  // namespace raisd
