#include "life.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>

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
  return CreateSealedMemory<RobustWord>("raisd-life", memory);
}

int LifeHold::Take(int memory) {
  if (const int error = word_.Map(memory, PROT_READ | PROT_WRITE); error != 0) return error;
  if (const int error = entry_.Register(word_.get()); error != 0) return error;
  word_.get()->store(HeldBy(gettid()));
  syscall(SYS_futex, word_.get(), FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
  return 0;
}

int LifeWatch::Start(int memory, std::function<void()> died) {
  if (const int error = word_.Map(memory, PROT_READ | PROT_WRITE); error != 0) return error;
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
    const uint32_t seen = word_.get()->load();
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
  words[0] = {seen, AddressOf(word_.get()), FUTEX_32, 0};
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
