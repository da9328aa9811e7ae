#include "thread.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>

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
  if (const int error = inheritance->Open(memory, options.identity.host); error != 0) return error;
  if (!inheritance->is_inherited()) inheritance->SetIncarnation(options.identity.incarnation);
  options.identity.incarnation = inheritance->incarnation();
  options.inheritance = inheritance.get();
  std::unique_ptr<Thread> thread(new Thread(options, std::move(inheritance), priority));
  if (thread->engine_.get() == nullptr) return ENOMEM;
  if (const int error = thread->engine_.get()->Open(); error != 0) return error;
  if (const int error = thread->Create(); error != 0) return error;
  *started = std::move(thread);
  return 0;
}

int Thread::Create() {
  NoteLockError(engine_.lock_error());
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
  is_running_ = true;
  // Answered once it polls: what Main has noted is complete then.
  return Call([](Engine*) { return 0; });
}

void Thread::Main() {
  prctl(PR_SET_NAME, "heartbeat");
  realtime_error_ = BecomeRealtime(priority_);
  NoteLockError(LockStack());
  engine_.get()->Run();
}

int Thread::AddGroup(uint64_t tag, GroupSettings settings) {
  if (!is_running_) return ESHUTDOWN;
  if (!AreValid(settings)) return EINVAL;
  GroupMemory* memory = inheritance_->Claim(tag);
  if (memory == nullptr) return ENOSPC;
  NoteLockError(Inheritance::Lock(memory));
  auto lane = std::make_unique<Locked<Lane>>(engine_.get()->options().identity, tag,
                                             std::move(settings.keys), memory);
  if (lane->get() == nullptr) return ENOMEM;
  const int error = Call([&](Engine* engine) { return engine->AddLane(lane->get(), &settings); });
  if (error != 0) return error;
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
  inheritance_->Free(tag);
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
  return Call([&](Engine* engine) {
    engine->RaiseSequence(reserve);
    return 0;
  });
}

void Thread::Stop() {
  if (!is_running_) return;
  Call([](Engine* engine) {
    engine->Stop();
    return 0;
  });
  pthread_join(thread_, nullptr);
  is_running_ = false;
  lanes_.clear();
}

}  // namespace raisd::heartbeat
