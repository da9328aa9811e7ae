// A mutex for std::lock_guard whose holder has the priority of who waits for it: the real-time
// thread waits no longer than the work under it takes.

#ifndef RAISD_HEARTBEAT_PRIORITY_MUTEX_H_
#define RAISD_HEARTBEAT_PRIORITY_MUTEX_H_

#include <pthread.h>

namespace raisd::heartbeat {

class PriorityMutex {
 public:
  PriorityMutex() {
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT);
    pthread_mutex_init(&mutex_, &attributes);
    pthread_mutexattr_destroy(&attributes);
  }
  ~PriorityMutex() { pthread_mutex_destroy(&mutex_); }
  PriorityMutex(const PriorityMutex&) = delete;
  PriorityMutex& operator=(const PriorityMutex&) = delete;

  void lock() { pthread_mutex_lock(&mutex_); }
  void unlock() { pthread_mutex_unlock(&mutex_); }

 private:
  pthread_mutex_t mutex_;
};

}  // namespace raisd::heartbeat

#endif  // RAISD_HEARTBEAT_PRIORITY_MUTEX_H_
