// The real-time thread and the ways to talk to it from another one. What can be refused without
// harm (the scheduling class, the locking of memory) is asked for at the start, and its refusal is
// told, not fatal.

#ifndef RAISD_HEARTBEAT_THREAD_H_
#define RAISD_HEARTBEAT_THREAD_H_

#include <pthread.h>
#include <semaphore.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "baton.h"
#include "engine.h"
#include "lane.h"
#include "locked.h"
#include "priority_mutex.h"

namespace raisd::heartbeat {

class Thread {
 public:
  /**
   * Prepares a thread, which beats once it is its turn. `priority`: of SCHED_FIFO, 1 … 99; 0: the
   * usual scheduling. `memory`: a descriptor, which stays the caller's, of what an earlier thread
   * has left and the next one is left (inheritance.h), or -1. If there was one, this one has its
   * incarnation, and goes on by itself at the moment in which that one ends. 0 or errno.
   */
  static int Start(EngineOptions options, int memory, int priority,
                   std::unique_ptr<Thread>* started);
  /**
   * Its turn has come: whoever beat before is gone. Returns once it is at work: 0 or errno. More
   * than once is harmless.
   */
  int Go();
  ~Thread() { Stop(); }
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;

  /** errno with which SCHED_FIFO was refused; 0: granted or not asked for. */
  int realtime_error() const { return realtime_error_; }
  /** errno with which some of its memory could not be locked; 0: all of it is. */
  int lock_error() const { return lock_error_; }

  // All of these return once it is done: 0 or errno, ESHUTDOWN after Stop. From one thread only.

  /** EINVAL, ENOMEM, EEXIST, ENOSPC. */
  int AddGroup(uint64_t tag, GroupSettings settings);
  /** EINVAL, ENOENT. */
  int ChangeGroup(uint64_t tag, GroupSettings settings);
  /** Closes its sockets as well. ENOENT. */
  int RemoveGroup(uint64_t tag);
  /** Owns the descriptor from here on, whatever it returns. ENOENT, EINVAL or the socket's errno.
   */
  int AddSocket(uint64_t tag, uint8_t interface, int fd);
  /** Likewise. The link that there was is closed. */
  int AttachControl(int fd);
  /** Likewise: where it is noted what the leases run on (native/lease_board.h). */
  int SetLeaseBoard(int fd);
  /** Likewise: the deadlines of the fence (native/fence.h). */
  int SetFence(int fd);
  /** Likewise: what feeds the service manager's watchdog, once in so many nanoseconds. EINVAL. */
  int SetWatchdog(int fd, uint64_t period);
  /** R7: what is sent from now on is numbered above `reserve`. EAGAIN before its turn. */
  int RaiseSequence(uint64_t reserve);

  /** The last sequence number that was used. */
  uint64_t sequence() const { return engine_.get()->sequence().last(); }
  /** Another thread was there before this one (R53). */
  bool is_inherited() const { return inheritance_->is_inherited(); }
  /** Its turn has come. */
  bool is_awake() const { return is_awake_; }
  /** R53: some group waits for control to say again what this host is (Engine::IsSilent). */
  bool is_silent();
  bool is_linked() const { return engine_.get()->is_linked(); }
  /** Control links that were closed because control sent nonsense. */
  uint32_t refused_links() const { return engine_.get()->refused_links(); }

  /** Ends the thread; it says nothing to the group. More than once is harmless. */
  void Stop();

 private:
  Thread(const EngineOptions& options, std::unique_ptr<Inheritance> inheritance, int priority)
      : inheritance_(std::move(inheritance)),
        baton_(inheritance_->baton()),
        engine_(options),
        priority_(priority) {
    sem_init(&prepared_, 0, 0);
    sem_init(&awoken_, 0, 0);
    sem_init(&ended_, 0, 0);
  }

  int Create();
  void Main();
  bool Awake();
  void NoteLockError(int error) {
    if (lock_error_ == 0) lock_error_ = error;
  }
  /** Does it: on the thread once that is at work, which nobody else touches then. */
  template <typename Work>
  int Call(const Work& work) {
    if (is_stopped_) return ESHUTDOWN;
    {
      const std::lock_guard guard(sleep_);
      if (!is_awake_) return work(engine_.get());
    }
    int error = 0;
    engine_.get()->calls().Run([&] { error = work(engine_.get()); });
    return error;
  }

  std::unique_ptr<Inheritance> inheritance_;
  Baton baton_;
  Locked<Engine> engine_;
  std::vector<std::unique_ptr<Locked<Lane>>> lanes_;
  pthread_t thread_ = {};
  int priority_;
  /** Held by whoever changes the engine before it is awake, and while it awakes. */
  PriorityMutex sleep_;
  std::atomic<bool> is_awake_ = false;
  sem_t prepared_;
  sem_t awoken_;
  sem_t ended_;
  bool is_created_ = false;
  bool is_stopped_ = false;
  int realtime_error_ = 0;
  int lock_error_ = 0;
};

}  // namespace raisd::heartbeat

#endif  // RAISD_HEARTBEAT_THREAD_H_
