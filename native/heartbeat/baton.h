// Whose turn it is to beat (R53). Of all heartbeat threads that share a memory (inheritance.h) the
// one that holds the baton beats; the next one waits for it, prepared. The kernel itself passes it
// on when its holder's thread dies, by a robust futex (set_robust_list(2)): before the memory of
// the dead process is torn down, and long before anybody could be told of its end. And never
// sooner: who holds it sends nothing more by then, so that two never beat at once.

#ifndef RAISD_HEARTBEAT_BATON_H_
#define RAISD_HEARTBEAT_BATON_H_

#include <linux/futex.h>

#include <atomic>
#include <cstdint>

namespace raisd::heartbeat {

class Baton {
 public:
  /** In the shared memory: the thread that holds it, and the kernel's bits; 0: nobody does. */
  using Word = std::atomic<uint32_t>;

  /** `word` and this outlive each thread that waits. */
  explicit Baton(Word* word) : word_(word) {}
  Baton(const Baton&) = delete;
  Baton& operator=(const Baton&) = delete;

  /** Waits until this thread holds it: true. False: it was withdrawn. */
  bool Await();
  /** By the thread that holds it. */
  void Release();

  // From another thread. Who is just about to wait may miss it: to be said again until it helps.

  /** Whoever held it is gone, whatever the word says. */
  void Demand();
  /** Nobody is to wait any longer. */
  void Withdraw();
  bool is_withdrawn() const { return is_withdrawn_; }

 private:
  void Register();
  bool TryTake(uint32_t seen, uint32_t own);
  void Wait(uint32_t seen);
  void WakeAll();

  Word* const word_;
  std::atomic<bool> is_demanded_ = false;
  std::atomic<bool> is_withdrawn_ = false;
  /** What the kernel reads of this thread when it dies. */
  robust_list entry_ = {};
  robust_list_head head_ = {};
};

}  // namespace raisd::heartbeat

#endif  // RAISD_HEARTBEAT_BATON_H_
