#include "life.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>

namespace raisd {
namespace {

constexpr size_t kStackBytes = 128 * 1024;
/** Of SCHED_FIFO. What the thread does takes microseconds, once in the life of a process. */
constexpr int kPriority = 1;

uintptr_t AddressOf(const std::atomic<uint32_t>* word) {
  return reinterpret_cast<uintptr_t>(word);
}

/** The flag says that somebody waits: the kernel always wakes then. */
uint32_t HeldBy(pid_t thread) {
  return static_cast<uint32_t>(thread) | FUTEX_WAITERS;
}

}  // namespace

int CreateLife(Descriptor* memory) {
  Descriptor created(memfd_create("raisd-life", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!created.valid() || ftruncate(created.get(), sizeof(RobustWord)) != 0 ||
      fcntl(created.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
    return errno;
  *memory = std::move(created);
  return 0;
}

LifeWord::~LifeWord() {
  if (word_ != nullptr) munmap(word_, sizeof *word_);
}

int LifeWord::Map(int memory) {
  struct stat status;
  if (fstat(memory, &status) != 0) return errno;
  if (status.st_size != sizeof *word_ || word_ != nullptr) return EINVAL;
  void* mapped = mmap(nullptr, sizeof *word_, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
  if (mapped == MAP_FAILED) return errno;
  word_ = static_cast<RobustWord*>(mapped);
  return 0;
}

int LifeHold::Take(int memory) {
  if (const int error = word_.Map(memory); error != 0) return error;
  if (const int error = entry_.Register(word_.word()); error != 0) return error;
  word_.word()->store(HeldBy(gettid()));
  syscall(SYS_futex, word_.word(), FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
  return 0;
}

int LifeWatch::Start(int memory, std::function<void()> died) {
  if (const int error = word_.Map(memory); error != 0) return error;
  died_ = std::move(died);
  pthread_attr_t attributes;
  if (const int error = pthread_attr_init(&attributes); error != 0) return error;
  pthread_attr_setstacksize(&attributes, kStackBytes);
  // Signals are the main thread's.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const auto main = [](void* self) -> void* {
    static_cast<LifeWatch*>(self)->Main();
    return nullptr;
  };
  const int error = pthread_create(&thread_, &attributes, main, this);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attributes);
  is_started_ = error == 0;
  return error;
}

void LifeWatch::Main() {
  prctl(PR_SET_NAME, "life");
  sched_param parameters = {};
  parameters.sched_priority = kPriority;
  // Where it is refused the news comes as soon as the host has time for it.
  sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &parameters);
  while (is_stopped_ == 0) {
    const uint32_t seen = word_.word()->load();
    if ((seen & FUTEX_OWNER_DIED) != 0) {
      died_();
      return;
    }
    if (!Wait(seen)) return;
  }
}

/** Until the word is another one, or this is stopped. False: the kernel does not know how. */
bool LifeWatch::Wait(uint32_t seen) {
  futex_waitv words[2] = {};
  words[0] = {seen, AddressOf(word_.word()), FUTEX_32, 0};
  words[1] = {0, AddressOf(&is_stopped_), FUTEX_32 | FUTEX_PRIVATE_FLAG, 0};
  return syscall(SYS_futex_waitv, words, 2, 0, nullptr, CLOCK_MONOTONIC) >= 0 || errno == EAGAIN ||
         errno == EINTR;
}

void LifeWatch::Stop() {
  if (!is_started_) return;
  is_started_ = false;
  is_stopped_ = 1;
  syscall(SYS_futex, &is_stopped_, FUTEX_WAKE_PRIVATE, INT_MAX, nullptr, nullptr, 0);
  pthread_join(thread_, nullptr);
}

}  // namespace raisd
