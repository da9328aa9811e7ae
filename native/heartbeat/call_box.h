// How another thread has something done by the real-time thread: one call at a time, and the caller
// waits. So the real-time thread owns its state alone and never waits for a lock that a lesser
// thread holds.

#ifndef RAISD_HEARTBEAT_CALL_BOX_H_
#define RAISD_HEARTBEAT_CALL_BOX_H_

#include <errno.h>
#include <semaphore.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>

#include "socket_io.h"

namespace raisd::heartbeat {

class CallBox {
 public:
  CallBox() { sem_init(&done_, 0, 0); }
  ~CallBox() { sem_destroy(&done_); }
  CallBox(const CallBox&) = delete;
  CallBox& operator=(const CallBox&) = delete;

  /** 0 or errno. */
  int Open() {
    event_ = Descriptor(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    return event_.valid() ? 0 : errno;
  }
  /** Readable while a call waits. */
  int fd() const { return event_.get(); }

  /** Runs `work` on the real-time thread and returns once it is done. Not from two threads at once.
   */
  template <typename Work>
  void Run(const Work& work) {
    Call call = {[](const void* context) { (*static_cast<const Work*>(context))(); }, &work};
    waiting_.store(&call, std::memory_order_release);
    const uint64_t one = 1;
    while (write(event_.get(), &one, sizeof one) < 0 && errno == EINTR) {
    }
    while (sem_wait(&done_) < 0 && errno == EINTR) {
    }
  }

  /** The real-time thread's side: does what waits. */
  void Answer() {
    uint64_t count;
    while (read(event_.get(), &count, sizeof count) < 0 && errno == EINTR) {
    }
    const Call* call = waiting_.exchange(nullptr, std::memory_order_acquire);
    if (call == nullptr) return;
    call->work(call->context);
    sem_post(&done_);
  }

 private:
  struct Call {
    void (*work)(const void*);
    const void* context;
  };

  Descriptor event_;
  std::atomic<const Call*> waiting_ = nullptr;
  sem_t done_;
};

}  // namespace raisd::heartbeat

#endif  // RAISD_HEARTBEAT_CALL_BOX_H_
