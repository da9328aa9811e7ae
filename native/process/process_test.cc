// The leaf code under the address and undefined-behaviour sanitizers: channels between threads,
// full queues, passed descriptors, spawning and its failures. Ends with 0, or aborts at the first
// thing that is not so.

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <semaphore.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <cstring>
#include <string>
#include <thread>

#include "../fence.h"
#include "channel.h"
#include "fence_loader.h"
#include "fence_program.h"
#include "file_lock.h"
#include "life.h"
#include "local_address.h"
#include "lookup.h"
#include "notify.h"
#include "output_pipe.h"
#include "pidfd.h"
#include "replace_program.h"
#include "scheduling.h"
#include "sockets.h"
#include "spawn.h"
#include "turns.h"

namespace raisd {
namespace {

#define CHECK(condition)                                                      \
  do {                                                                        \
    if (!(condition)) {                                                       \
      fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
      abort();                                                                \
    }                                                                         \
  } while (false)

constexpr int kBoundMilliseconds = 10'000;

bool WaitFor(int fd, short events) {
  pollfd poll_fd = {fd, events, 0};
  return poll(&poll_fd, 1, kBoundMilliseconds) == 1;
}

struct Pair {
  Pair() {
    Descriptor a, b;
    CHECK(OpenSocketPair(&a, &b) == 0);
    first = std::make_unique<Channel>(std::move(a));
    second = std::make_unique<Channel>(std::move(b));
    CHECK(first->Prepare() == 0 && second->Prepare() == 0);
  }
  std::unique_ptr<Channel> first, second;
};

SendResult SendText(Channel* channel, const std::string& text, int descriptor = -1) {
  return channel->Send(reinterpret_cast<const uint8_t*>(text.data()), text.size(), descriptor);
}

std::string TextOf(const ReceivedMessage& message) {
  return std::string(reinterpret_cast<const char*>(message.data), message.size);
}

void MessagesCarryDescriptors() {
  Pair pair;
  Descriptor null(open("/dev/null", O_RDONLY | O_CLOEXEC));
  CHECK(SendText(pair.first.get(), "with", null.get()) == SendResult::kSent);
  CHECK(SendText(pair.first.get(), "without") == SendResult::kSent);
  ReceivedMessage message;
  CHECK(pair.second->Receive(&message) == ReceiveResult::kMessage);
  CHECK(TextOf(message) == "with" && message.descriptor.valid());
  CHECK(fcntl(message.descriptor.get(), F_GETFD) == FD_CLOEXEC);
  CHECK(pair.second->Receive(&message) == ReceiveResult::kMessage);
  CHECK(TextOf(message) == "without" && !message.descriptor.valid());
  CHECK(pair.second->Receive(&message) == ReceiveResult::kNothing);
}

void TwoDescriptorsAreRefused() {
  Pair pair;
  const int both[2] = {0, 1};
  char byte = 'x';
  iovec vector = {&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof both)] = {};
  msghdr header = {};
  header.msg_iov = &vector;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof control;
  cmsghdr* rights = CMSG_FIRSTHDR(&header);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(sizeof both);
  std::memcpy(CMSG_DATA(rights), both, sizeof both);
  CHECK(sendmsg(pair.first->fd(), &header, 0) == 1);
  ReceivedMessage message;
  CHECK(pair.second->Receive(&message) == ReceiveResult::kFailed);
  CHECK(pair.second->error() == EMFILE);
}

void TooLongMessagesAreRefused() {
  Pair pair;
  const std::vector<uint8_t> data(kMaxMessageBytes + 1);
  CHECK(send(pair.first->fd(), data.data(), data.size(), 0) == static_cast<ssize_t>(data.size()));
  ReceivedMessage message;
  CHECK(pair.second->Receive(&message) == ReceiveResult::kFailed);
  CHECK(pair.second->error() == EMSGSIZE);
}

/** Fills the kernel's buffer and the queue; returns how many were taken. */
int Fill(Channel* channel, int descriptor) {
  int count = 0;
  for (;; count++) {
    const SendResult result = SendText(channel, std::to_string(count), descriptor);
    if (result == SendResult::kFull) return count;
    CHECK(result == SendResult::kSent || result == SendResult::kQueued);
  }
}

void ThreadsTalkThroughAFullQueue() {
  Pair pair;
  const int count = Fill(pair.first.get(), -1);
  CHECK(count > static_cast<int>(kMaxQueuedMessages));
  std::thread reader([&] {
    for (int next = 0; next < count;) {
      ReceivedMessage message;
      switch (pair.second->Receive(&message)) {
        case ReceiveResult::kMessage:
          CHECK(TextOf(message) == std::to_string(next));
          next++;
          break;
        case ReceiveResult::kNothing:
          CHECK(WaitFor(pair.second->fd(), POLLIN));
          break;
        default:
          CHECK(false);
      }
    }
  });
  while (pair.first->HasQueued()) {
    CHECK(WaitFor(pair.first->fd(), POLLOUT));
    CHECK(pair.first->Flush() != SendResult::kFailed);
  }
  reader.join();
}

void WaitingMessagesAreDroppedWithTheirDescriptors() {
  Pair pair;
  const Descriptor null(open("/dev/null", O_RDONLY | O_CLOEXEC));
  while (SendText(pair.first.get(), "x") != SendResult::kQueued) {
  }
  CHECK(SendText(pair.first.get(), "y", null.get()) == SendResult::kQueued);
  pair.second.reset();
  CHECK(pair.first->Flush() == SendResult::kGone);
  CHECK(!pair.first->HasQueued());
  CHECK(SendText(pair.first.get(), "z") == SendResult::kGone);
  ReceivedMessage message;
  CHECK(pair.first->Receive(&message) == ReceiveResult::kGone);
}

void QueuedBytesAreBounded() {
  Pair pair;
  const std::vector<uint8_t> data(kMaxMessageBytes);
  size_t bytes = 0;
  for (;;) {
    const SendResult result = pair.first->Send(data.data(), data.size(), -1);
    if (result == SendResult::kFull) break;
    if (result == SendResult::kQueued) bytes += data.size();
  }
  CHECK(bytes == kMaxQueuedBytes);
}

ExitStatus WaitForExit(int pidfd) {
  ExitStatus status;
  CHECK(WaitFor(pidfd, POLLIN));
  CHECK(ReapProcess(pidfd, &status) == 0);
  return status;
}

void ChildrenStartAndEnd() {
  SpawnOptions options;
  options.path = "/bin/sh";
  options.arguments = {"-c", "test \"$X\" = y && kill -KILL $$"};
  options.environment = {"X=y"};
  options.uid = getuid();
  options.gid = getgid();
  options.death_signal = SIGKILL;
  if (getuid() == 0) options.capabilities = 0;
  SpawnResult result = Spawn(options);
  CHECK(result.error == 0);
  const ExitStatus killed = WaitForExit(result.pidfd.get());
  CHECK(killed.code == -1 && killed.signal == SIGKILL);
  ExitStatus again;
  CHECK(ReapProcess(result.pidfd.get(), &again) == ECHILD);

  options.arguments = {"-c", "exit 3"};
  result = Spawn(options);
  CHECK(result.error == 0 && WaitForExit(result.pidfd.get()).code == 3);
}

void FailuresOfChildrenAreTold() {
  SpawnOptions options;
  options.path = "/nonexistent/program";
  options.uid = getuid();
  options.gid = getgid();
  const SpawnResult missing = Spawn(options);
  CHECK(missing.error == ENOENT && missing.step == "exec");
  options.path = "/bin/true";
  options.descriptors = {12345};
  const SpawnResult closed = Spawn(options);
  CHECK(closed.error == EBADF && closed.step == "descriptors");
  options.descriptors.assign(kMaxPassedDescriptors + 1, 0);
  CHECK(Spawn(options).error == E2BIG);
}

/** In a child: goes over to a shell with these descriptors. Its exit code; 100: it did not. */
int ExitOfReplacement(const std::string& script, const std::vector<int>& descriptors) {
  const pid_t pid = fork();
  CHECK(pid >= 0);
  if (pid == 0) {
    const Replacement replacement = {
        "/bin/sh", {"renamed", "-c", script, "renamed"}, {"X=y"}, descriptors};
    ReplaceProgram(replacement);
    _exit(100);
  }
  int status = 0;
  CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
  return WEXITSTATUS(status);
}

void AProgramIsReplacedInPlace() {
  const Descriptor kept(fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 20));
  // As a library might have opened it.
  const Descriptor leaked(fcntl(STDERR_FILENO, F_DUPFD, 20));
  const std::string script = "test \"$X\" = y || exit 1; test -e /proc/$$/fd/" +
                             std::to_string(kept.get()) + " || exit 2; test ! -e /proc/$$/fd/" +
                             std::to_string(leaked.get()) +
                             " || exit 3; test -e /proc/$$/fd/2 || exit 4";
  CHECK(ExitOfReplacement(script, {kept.get()}) == 0);
  CHECK(ExitOfReplacement(script, {}) == 2);
  CHECK(ExitOfReplacement(script, {12345}) == 100);
}

void AReplacementThatFailsChangesNothing() {
  const Descriptor kept(fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 20));
  const ReplacementFailure missing = ReplaceProgram({"/nonexistent/program", {}, {}, {kept.get()}});
  CHECK(std::string(missing.step) == "exec" && missing.error == ENOENT);
  CHECK(fcntl(kept.get(), F_GETFD) == FD_CLOEXEC);
  const ReplacementFailure closed = ReplaceProgram({"/bin/true", {}, {}, {12345}});
  CHECK(std::string(closed.step) == "descriptors" && closed.error == EBADF);
}

void ListenersReplaceTheDead() {
  char directory[] = "/tmp/raisd-process-test-XXXXXX";
  CHECK(mkdtemp(directory) != nullptr);
  const std::string path = std::string(directory) + "/socket";
  Descriptor first, second;
  CHECK(OpenUnixListener(path, 0600, &first).error == 0);
  CHECK(OpenUnixListener(path, 0600, &second).error == EADDRINUSE);
  first.Reset();
  CHECK(OpenUnixListener(path, 0600, &second).error == 0);
  CHECK(OpenUnixListener(std::string(108, 'x'), 0600, &first).error == ENAMETOOLONG);
  CHECK(OpenUnixListener("", 0600, &first).error == ENAMETOOLONG);
  unlink(path.c_str());
  rmdir(directory);
}

void TcpListenersOfBothFamilies() {
  Descriptor v4, v6, other;
  CHECK(OpenTcpListener("127.0.0.1", 0, -1, &v4).error == 0);
  CHECK(OpenTcpListener("::1", 0, -1, &v6).error == 0);
  sockaddr_in name = {};
  socklen_t size = sizeof name;
  CHECK(getsockname(v4.get(), reinterpret_cast<sockaddr*>(&name), &size) == 0);
  CHECK(OpenTcpListener("127.0.0.1", ntohs(name.sin_port), -1, &other).error == EADDRINUSE);
  CHECK(OpenTcpListener("192.0.2.1", 0, -1, &other).error == EADDRNOTAVAIL);
  CHECK(OpenTcpListener("localhost", 0, -1, &other).error == EINVAL);
  CHECK(!other.valid());
}

void AWildcardListensBesideOnesOwnAddress() {
  Descriptor address, wildcard, third;
  CHECK(OpenTcpListener("127.0.0.1", 0, -1, &address).error == 0);
  sockaddr_in name = {};
  socklen_t size = sizeof name;
  CHECK(getsockname(address.get(), reinterpret_cast<sockaddr*>(&name), &size) == 0);
  const uint16_t port = ntohs(name.sin_port);
  CHECK(OpenTcpListener("0.0.0.0", port, -1, &wildcard).error == EADDRINUSE);
  CHECK(OpenTcpListener("0.0.0.0", port, address.get(), &wildcard).error == 0);
  CHECK(OpenTcpListener("127.0.0.2", port, -1, &third).error == EADDRINUSE);
  address.Reset();
  CHECK(OpenTcpListener("127.0.0.1", port, -1, &third).error == EADDRINUSE);
  CHECK(OpenTcpListener("127.0.0.1", port, wildcard.get(), &third).error == 0);
}

void FilesAreLockedOnce() {
  char path[] = "/tmp/raisd-process-test-XXXXXX";
  Descriptor first(mkstemp(path));
  const Descriptor second(open(path, O_RDWR | O_CLOEXEC));
  CHECK(LockFile(first.get()) == 0 && LockFile(first.get()) == 0);
  CHECK(LockFile(second.get()) == EWOULDBLOCK);
  first.Reset();
  CHECK(LockFile(second.get()) == 0);
  CHECK(LockFile(-1) == EBADF);
  unlink(path);
}

void NonsenseOptionsAreRefused() {
  Descriptor socket;
  ControlSocketOptions options;
  CHECK(OpenControlSocket(options, {}, &socket).error == EINVAL);
  options.interface = std::string(64, 'i');
  CHECK(OpenControlSocket(options, {}, &socket).error == EINVAL);
  options.interface = "no-such-if";
  CHECK(OpenControlSocket(options, {}, &socket).error == ENODEV);
  CHECK(!socket.valid());
}

void NamesAreLookedUp() {
  std::vector<InterfaceAddress> addresses;
  CHECK(InterfaceAddresses("lo", &addresses) == 0);
  CHECK(InterfaceAddresses("", &addresses) == 0);
  CHECK(IsLocalAddress("127.0.0.1", if_nametoindex("lo")));
  CHECK(!IsLocalAddress("192.0.2.1", if_nametoindex("lo")) && !IsLocalAddress("nonsense", 1));
  CHECK(LookupUser("root")->uid == 0);
  CHECK(!LookupUser("no-such-user") && !LookupGroup("no-such-group"));
  CHECK(SetThreadRealtime(getpid(), "no such thread", 1) == 0);
  CHECK(SetThreadRealtime(0, "x", 1) == -1 && errno == ENOENT);
  CHECK(PrioritizeMainThread(getpid(), 1, 1'000'000) == 0);
  CHECK(PrioritizeMainThread(getpid(), 100, 1'000'000) == 0);
  CHECK(PrioritizeMainThread(-1, 1, 1'000'000) == EINVAL);
}

void OutputsCanBeOpenedByName() {
  Descriptor reader, writer;
  CHECK(OpenOutputPipe(&reader, &writer) == 0);
  CHECK((fcntl(reader.get(), F_GETFD) & fcntl(writer.get(), F_GETFD) & FD_CLOEXEC) != 0);
  struct stat status = {};
  CHECK(fstat(writer.get(), &status) == 0 && (status.st_mode & S_IWOTH) != 0);
  CHECK((status.st_mode & S_IROTH) == 0);
  const std::string name = "/proc/self/fd/" + std::to_string(writer.get());
  Descriptor again(open(name.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  CHECK(again.valid() && write(again.get(), "x", 1) == 1);
  char byte = 0;
  CHECK(read(reader.get(), &byte, 1) == 1 && byte == 'x');
}

// Register 0, forward jumps and its exits: what the kernel's checker asks of each program, less
// the types, which it is asked about itself below.
void CheckProgram(const std::vector<bpf_insn>& program, size_t expected_exits) {
  CHECK(!program.empty() && program.size() < 256);
  size_t exits = 0, maps = 0;
  for (size_t at = 0; at < program.size(); at++) {
    const bpf_insn& each = program[at];
    const int kind = BPF_CLASS(each.code);
    if (each.code == (BPF_LD | BPF_DW | BPF_IMM)) {
      CHECK(each.src_reg == BPF_PSEUDO_MAP_FD && at + 1 < program.size());
      CHECK(program[at + 1].code == 0);
      maps++, at++;
    } else if (kind == BPF_JMP && BPF_OP(each.code) == BPF_EXIT) {
      exits++;
    } else if (kind == BPF_JMP && BPF_OP(each.code) != BPF_CALL) {
      CHECK(each.off >= 0 && at + 1 + static_cast<size_t>(each.off) < program.size());
    }
  }
  CHECK(exits == expected_exits && maps == 3);
  CHECK(program.back().code == (BPF_JMP | BPF_EXIT));
}

void FenceProgramsAreWhole() {
  const auto ingress = FenceProgram(FenceDirection::kIngress, 41, 42);
  const auto egress = FenceProgram(FenceDirection::kEgress, 41, 42);
  // Only what comes in has announcements to let through, and is sent on (R55).
  CheckProgram(ingress, 3);
  CheckProgram(egress, 2);
  CHECK(ingress.size() > egress.size());
}

void JumpsAreResolved() {
  Assembler whole;
  const Assembler::Label end = whole.NewLabel();
  whole.JumpIfValue(BPF_JEQ, BPF_REG_1, 5, end);
  whole.MoveValue(BPF_REG_0, 1);
  whole.Jump(end);
  whole.Bind(end);
  whole.Exit();
  const auto program = whole.Finish();
  CHECK(program.size() == 4 && program[0].off == 2 && program[2].off == 0);
  CHECK(program[0].imm == 5 && program[0].dst_reg == BPF_REG_1);

  Assembler unbound;
  unbound.Jump(unbound.NewLabel());
  CHECK(unbound.Finish().empty());
  Assembler backward;
  const Assembler::Label start = backward.NewLabel();
  backward.Bind(start);
  backward.MoveValue(BPF_REG_0, 0);
  backward.Jump(start);
  CHECK(backward.Finish().empty());
  Assembler far;
  const Assembler::Label away = far.NewLabel();
  far.Jump(away);
  for (int filler = 0; filler <= INT16_MAX; filler++) far.MoveValue(BPF_REG_0, 0);
  far.Bind(away);
  far.Exit();
  CHECK(far.Finish().empty());
}

void TheKernelTakesTheFence() {
  Fence fence;
  const FenceFailure failure = LoadFence(&fence);
  if (failure.error != 0) fprintf(stderr, "%s: %d\n", failure.step.c_str(), failure.error);
  CHECK(failure.error == 0);
  for (const Descriptor* each : {&fence.ingress, &fence.egress, &fence.marks, &fence.deadlines})
    CHECK((fcntl(each->get(), F_GETFD) & FD_CLOEXEC) != 0);
  FencePage page;
  CHECK(page.Map(fence.deadlines.get()) == 0);
  page.Open(kFenceSlots - 1, 1, 2, 3);
  page.Open(kFenceSlots, 1, 2, 3);
  page.Close(kFenceSlots);
  FencePage none;
  CHECK(none.Map(-1) == EBADF);
}

void ProcessesAreSeenToEnd() {
  Descriptor pidfd;
  CHECK(OpenPidfd(0, &pidfd) == ESRCH && OpenPidfd(-1, &pidfd) == ESRCH);
  // Beyond the largest number that a process can have.
  CHECK(OpenPidfd(1 << 30, &pidfd) != 0 && !pidfd.valid());
  const pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    pause();
    _exit(0);
  }
  CHECK(OpenPidfd(child, &pidfd) == 0);
  CHECK(fcntl(pidfd.get(), F_GETFD) == FD_CLOEXEC);
  CHECK(!HasEnded(pidfd.get()));
  CHECK(kill(child, SIGKILL) == 0);
  CHECK(WaitFor(pidfd.get(), POLLIN));
  // Still a zombie: it counts as ended, and its number can be watched no less.
  CHECK(HasEnded(pidfd.get()));
  Descriptor again;
  CHECK(OpenPidfd(child, &again) == 0 && HasEnded(again.get()));
  ExitStatus status;
  CHECK(ReapProcess(pidfd.get(), &status) == 0 && status.signal == SIGKILL);
  CHECK(OpenPidfd(child, &again) == ESRCH);
}

void DeathsOfThreadsAreSeen() {
  Descriptor memory;
  CHECK(CreateLife(&memory) == 0);
  LifeHold hold;
  sem_t seen, end;
  CHECK(sem_init(&seen, 0, 0) == 0 && sem_init(&end, 0, 0) == 0);
  std::atomic<bool> may_die = false;
  LifeWatch watch;
  CHECK(watch.Start(memory.get(), [&] {
    CHECK(may_die);
    sem_post(&seen);
  }) == 0);
  std::thread holder([&] {
    CHECK(hold.Take(memory.get()) == 0);
    while (sem_wait(&end) != 0) continue;
    may_die = true;
  });
  // One that comes when it is held, one that comes when it is over, and one that nobody dies for.
  LifeWatch second, late, unused;
  const auto tell = [&] { sem_post(&seen); };
  CHECK(second.Start(memory.get(), tell) == 0);
  sem_post(&end);
  holder.join();
  while (sem_wait(&seen) != 0) continue;
  CHECK(late.Start(memory.get(), tell) == 0);
  Descriptor other;
  CHECK(CreateLife(&other) == 0 && ftruncate(other.get(), 0) < 0 && errno == EPERM);
  CHECK(unused.Start(other.get(), [] { abort(); }) == 0);
  for (LifeWatch* each : {&watch, &unused, &unused}) each->Stop();
  while (sem_wait(&seen) != 0) continue;
  LifeWord word;
  CHECK(word.Map(-1, PROT_READ) == EBADF);
  const Descriptor null(open("/dev/null", O_RDWR | O_CLOEXEC));
  CHECK(word.Map(null.get(), PROT_READ) == EINVAL);
}

/** Whatever the one who turns writes there: who reads it sees a number, and lives. */
void TurnsOfAnotherProcessAreSeen() {
  Descriptor memory;
  CHECK(CreateTurns(&memory) == 0);
  Turns read;
  CHECK(read.Map(memory.get(), PROT_READ) == 0);
  CHECK(*read.get() == 0);
  const pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    Turns written;
    if (written.Map(memory.get(), PROT_READ | PROT_WRITE) != 0) _exit(1);
    *written.get() = UINT32_MAX;
    CountTurn(written.get());
    CountTurn(written.get());
    // It can neither take the memory away nor make it another one.
    _exit(ftruncate(memory.get(), 0) == 0 || ftruncate(memory.get(), 4096) == 0 ? 1 : 0);
  }
  int status;
  CHECK(waitpid(child, &status, 0) == child && status == 0);
  CHECK(*read.get() == 1);
  // Memory of another shape is not taken.
  Turns other;
  Descriptor longer;
  CHECK(CreateSealedMemory<uint64_t>("raisd-test", &longer) == 0);
  CHECK(other.Map(longer.get(), PROT_READ) == EINVAL && other.Map(-1, PROT_READ) == EBADF);
}

/** As a service manager listens: by a path and by an abstract name. */
void NoticesArrive() {
  char directory[] = "/tmp/raisd-notify-XXXXXX";
  CHECK(mkdtemp(directory) != nullptr);
  const std::string path = std::string(directory) + "/notify";
  const std::string abstract = "@" + path;
  for (const std::string& name : {path, abstract}) {
    Descriptor manager(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    const bool is_abstract = name[0] == '@';
    if (is_abstract) address.sun_path[0] = 0;
    const size_t size = offsetof(sockaddr_un, sun_path) + name.size() + (is_abstract ? 0 : 1);
    Descriptor connected;
    CHECK(ConnectNotifySocket(name, &connected) == (is_abstract ? ECONNREFUSED : ENOENT));
    CHECK(bind(manager.get(), reinterpret_cast<sockaddr*>(&address),
               static_cast<socklen_t>(size)) == 0);
    CHECK(ConnectNotifySocket(name, &connected) == 0);
    CHECK(SendNotice(connected.get(), "READY=1") == 0);
    char text[16];
    CHECK(recv(manager.get(), text, sizeof text, 0) == 7 && std::memcmp(text, "READY=1", 7) == 0);
    manager.Reset();
    CHECK(SendNotice(connected.get(), "READY=1") == ECONNREFUSED);
  }
  for (const std::string& name :
       {std::string(), std::string("/"), std::string("vsock:2:1"), std::string(200, '/')}) {
    Descriptor connected;
    CHECK(ConnectNotifySocket(name, &connected) == EINVAL && !connected.valid());
  }
  unlink(path.c_str());
  rmdir(directory);
}

}  // namespace
}  // namespace raisd

int main() {
  raisd::JumpsAreResolved();
  raisd::FenceProgramsAreWhole();
  raisd::TheKernelTakesTheFence();
  raisd::MessagesCarryDescriptors();
  raisd::TwoDescriptorsAreRefused();
  raisd::TooLongMessagesAreRefused();
  raisd::ThreadsTalkThroughAFullQueue();
  raisd::WaitingMessagesAreDroppedWithTheirDescriptors();
  raisd::QueuedBytesAreBounded();
  raisd::ChildrenStartAndEnd();
  raisd::FailuresOfChildrenAreTold();
  raisd::AProgramIsReplacedInPlace();
  raisd::AReplacementThatFailsChangesNothing();
  raisd::ListenersReplaceTheDead();
  raisd::TcpListenersOfBothFamilies();
  raisd::AWildcardListensBesideOnesOwnAddress();
  raisd::NonsenseOptionsAreRefused();
  raisd::FilesAreLockedOnce();
  raisd::NamesAreLookedUp();
  raisd::OutputsCanBeOpenedByName();
  raisd::ProcessesAreSeenToEnd();
  raisd::DeathsOfThreadsAreSeen();
  raisd::TurnsOfAnotherProcessAreSeen();
  raisd::NoticesArrive();
  return 0;
}
