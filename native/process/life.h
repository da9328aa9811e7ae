// Whether the main thread of another process still lives (R53). The pidfd of a process tells of its
// end when all of its threads are gone and its memory is torn down: of a Node.js that takes 80 ms
// and more on a busy host. Its main thread, without which it does nothing any more, is dead long
// before. So it holds a word in memory that is shared with the supervisor (robust_entry.h), where a
// thread waits for the word.
//
// Worth having, never worth failing for: a kernel without futex_waitv(2) (before 5.16) leaves it to
// the pidfd, as does a process that does not hold its word yet.

#ifndef RAISD_PROCESS_LIFE_H_
#define RAISD_PROCESS_LIFE_H_

#include <pthread.h>

#include <functional>

#include "../robust_entry.h"
#include "descriptor.h"
#include "sealed_memory.h"

namespace raisd {

/** New memory for one word, which nobody can make smaller. 0 or errno. */
int CreateLife(Descriptor* memory);

using LifeWord = SealedMapping<RobustWord>;

/** Held by one thread until it dies; must not go before. */
class LifeHold {
 public:
  /**
   * By the thread: from now on its death is seen here, and no longer by another of these that it
   * took before. `memory` stays the caller's. 0 or errno.
   */
  int Take(int memory);

 private:
  LifeWord word_;
  RobustEntry entry_;
};

/** Waits for the death of the thread that holds a word, or will. */
class LifeWatch {
 public:
  LifeWatch() = default;
  ~LifeWatch() { Stop(); }
  LifeWatch(const LifeWatch&) = delete;
  LifeWatch& operator=(const LifeWatch&) = delete;

  /** `died` is called once, on another thread. `memory` stays the caller's. Once; 0 or errno. */
  int Start(int memory, std::function<void()> died);
  /** Afterwards it is not called. More than once is harmless. */
  void Stop();

 private:
  void Main();
  bool Wait(uint32_t seen);

  LifeWord word_;
  std::function<void()> died_;
  pthread_t thread_ = {};
  bool is_started_ = false;
  std::atomic<uint32_t> is_stopped_ = 0;
};

}  // namespace raisd

#endif  // RAISD_PROCESS_LIFE_H_
