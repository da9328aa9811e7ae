#include "thread.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>

#include <algorithm>

namespace raisd::heartbeat {
namespace {

/** Room for the largest frame, tables of pointers and the crypto library, several times over. */
constexpr size_t kStackBytes = 512 * 1024;
/** Without SCHED_FIFO the kernel may let a timer wait for company: not this thread's. */
constexpr unsigned long kTimerSlack = 1;

int BecomeRealtime(int priority) {
  prctl(PR_SET_TIMERSLACK, kTimerSlack);
  if (priority == 0) return 0;
  sched_param parameters = {};
  parameters.sched_priority = priority;
  return sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &parameters) == 0 ? 0 : errno;
}

int LockStack() {
  pthread_attr_t attributes;
  if (const int error = pthread_getattr_np(pthread_self(), &attributes); error != 0) return error;
  void* stack = nullptr;
  size_t size = 0;
  pthread_attr_getstack(&attributes, &stack, &size);
  pthread_attr_destroy(&attributes);
  return mlock(stack, size) == 0 ? 0 : errno;
}

/** In a millisecond of CLOCK_MONOTONIC: no step of the wall clock makes it long. */
timespec Soon() {
  timespec soon;
  clock_gettime(CLOCK_MONOTONIC, &soon);
  soon.tv_nsec += static_cast<long>(kNanosecondsAMillisecond);
  if (soon.tv_nsec < static_cast<long>(kNanosecondsASecond)) return soon;
  soon.tv_nsec -= static_cast<long>(kNanosecondsASecond);
  soon.tv_sec++;
  return soon;
}

bool AreValid(const GroupSettings& settings) {
  return settings.keys != nullptr && settings.interval >= kMinInterval &&
         settings.interval <= kMaxInterval && settings.lease > settings.interval &&
         settings.fence <= settings.lease && settings.port != 0 &&
         (settings.is_multicast || settings.seeds != nullptr);
}

}  // namespace

int Thread::Start(EngineOptions options, int memory, int priority,
                  std::unique_ptr<Thread>* started) {
  const bool is_valid = options.interfaces >= 1 && options.interfaces <= kMaxInterfaces &&
                        options.identity.incarnation != 0 && priority >= 0 && priority <= 99;
  if (!is_valid) return EINVAL;
  auto inheritance = std::make_unique<Inheritance>();
  if (const int error = inheritance->Map(memory, options.identity.host); error != 0) return error;
  const bool is_inherited = inheritance->is_inherited();
  if (is_inherited) options.identity.incarnation = inheritance->incarnation();
  options.inheritance = inheritance.get();
  std::unique_ptr<Thread> thread(new Thread(options, std::move(inheritance), priority));
  if (thread->engine_.get() == nullptr) return ENOMEM;
  if (const int error = thread->engine_.get()->Open(); error != 0) return error;
  thread->NoteLockError(thread->engine_.lock_error());
  // What is in the memory of another version may be in use.
  if (is_inherited) {
    if (const int error = thread->Create(); error != 0) return error;
  }
  *started = std::move(thread);
  return 0;
}

int Thread::Create() {
  pthread_attr_t attributes;
  if (const int error = pthread_attr_init(&attributes); error != 0) return error;
  pthread_attr_setstacksize(&attributes, kStackBytes);
  // Signals are the main thread's.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const auto main = [](void* self) -> void* {
    static_cast<Thread*>(self)->Main();
    return nullptr;
  };
  const int error = pthread_create(&thread_, &attributes, main, this);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attributes);
  if (error != 0) return error;
  is_created_ = true;
  // What Main has noted is complete then.
  while (sem_wait(&prepared_) < 0 && errno == EINTR) {
  }
  return 0;
}

void Thread::Main() {
  prctl(PR_SET_NAME, "heartbeat");
  realtime_error_ = BecomeRealtime(priority_);
  NoteLockError(LockStack());
  sem_post(&prepared_);
  if (baton_.Await()) {
    if (Awake()) engine_.get()->Run();
    baton_.Release();
  }
  sem_post(&ended_);
}

/** False: it was stopped before. */
bool Thread::Awake() {
  const std::lock_guard guard(sleep_);
  if (baton_.is_withdrawn()) return false;
  inheritance_->Enter();
  engine_.get()->Awake();
  is_awake_ = true;
  sem_post(&awoken_);
  return true;
}

int Thread::Go() {
  if (is_stopped_) return ESHUTDOWN;
  if (!is_created_) {
    const Identity& identity = engine_.get()->options().identity;
    inheritance_->Initialize(identity.host, identity.incarnation);
    if (const int error = Create(); error != 0) return error;
  }
  while (!is_awake_) {
    baton_.Demand();
    const timespec soon = Soon();
    sem_clockwait(&awoken_, CLOCK_MONOTONIC, &soon);
  }
  return 0;
}

int Thread::AddGroup(uint64_t tag, GroupSettings settings) {
  if (is_stopped_) return ESHUTDOWN;
  if (!AreValid(settings)) return EINVAL;
  auto lane = std::make_unique<Locked<Lane>>(engine_.get()->options().identity, tag,
                                             std::move(settings.keys));
  if (lane->get() == nullptr) return ENOMEM;
  const int error = Call([&](Engine* engine) { return engine->AddLane(lane->get(), &settings); });
  if (error != 0) return error;
  NoteLockError(inheritance_->Lock(tag));
  NoteLockError(lane->lock_error());
  lanes_.push_back(std::move(lane));
  return 0;
}

int Thread::ChangeGroup(uint64_t tag, GroupSettings settings) {
  if (!AreValid(settings)) return EINVAL;
  return Call([&](Engine* engine) { return engine->ChangeLane(tag, &settings); });
}

int Thread::RemoveGroup(uint64_t tag) {
  Lane* removed = nullptr;
  const int error = Call([&](Engine* engine) { return engine->RemoveLane(tag, &removed); });
  if (error != 0) return error;
  const auto is_removed = [removed](const auto& lane) { return lane->get() == removed; };
  if (is_awake_) inheritance_->Free(tag);
  lanes_.erase(std::remove_if(lanes_.begin(), lanes_.end(), is_removed), lanes_.end());
  return 0;
}

int Thread::AddSocket(uint64_t tag, uint8_t interface, int fd) {
  Descriptor socket(fd);
  return Call([&](Engine* engine) { return engine->AddSocket(tag, interface, &socket); });
}

int Thread::AttachControl(int fd) {
  Descriptor socket(fd);
  return Call([&](Engine* engine) { return engine->AttachControl(&socket); });
}

int Thread::SetLeaseBoard(int fd) {
  const Descriptor descriptor(fd);
  auto board = std::make_unique<LeaseBoard>();
  if (const int error = board->Map(fd, true); error != 0) return error;
  return Call([&](Engine* engine) {
    engine->SwapBoard(&board);
    return 0;
  });
}

int Thread::SetFence(int fd) {
  const Descriptor descriptor(fd);
  auto page = std::make_unique<FencePage>();
  if (const int error = page->Map(fd); error != 0) return error;
  return Call([&](Engine* engine) {
    engine->SwapFence(&page);
    return 0;
  });
}

int Thread::SetWatchdog(int fd, uint64_t period) {
  Descriptor socket(fd);
  if (!socket.valid() || period == 0) return EINVAL;
  Watchdog watchdog(std::move(socket), period);
  return Call([&](Engine* engine) {
    engine->SwapWatchdog(&watchdog);
    return 0;
  });
}

int Thread::RaiseSequence(uint64_t reserve) {
  return Call([&](Engine* engine) { return engine->RaiseSequence(reserve); });
}

bool Thread::is_silent() {
  return Call([](Engine* engine) { return engine->IsSilent() ? 1 : 0; }) == 1;
}

void Thread::Stop() {
  if (is_stopped_) return;
  {
    // Either it awakes before that, or it never does.
    const std::lock_guard guard(sleep_);
    if (!is_awake_) baton_.Withdraw();
  }
  if (is_awake_) {
    Call([](Engine* engine) {
      engine->Stop();
      return 0;
    });
  }
  is_stopped_ = true;
  if (!is_created_) return;
  for (timespec soon = Soon(); sem_clockwait(&ended_, CLOCK_MONOTONIC, &soon) != 0; soon = Soon())
    baton_.Withdraw();
  pthread_join(thread_, nullptr);
  lanes_.clear();
}

}  // namespace raisd::heartbeat
