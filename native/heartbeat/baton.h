// Whose turn it is to beat (R53). Of all heartbeat threads that share a memory (inheritance.h) the
// one that holds the baton beats; the next one waits for it, prepared. The kernel itself passes it
// on when its holder's thread dies (robust_entry.h), and never sooner: who holds it sends nothing
// more by then, so that two never beat at once.

#ifndef RAISD_HEARTBEAT_BATON_H_
#define RAISD_HEARTBEAT_BATON_H_

#include <atomic>
#include <cstdint>

#include "../robust_entry.h"

namespace raisd::heartbeat {

class Baton {
 public:
  /** In the shared memory. */
  using Word = RobustWord;

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
  bool TryTake(uint32_t seen, uint32_t own);
  void Wait(uint32_t seen);
  void WakeAll();

  Word* const word_;
  std::atomic<bool> is_demanded_ = false;
  std::atomic<bool> is_withdrawn_ = false;
  RobustEntry entry_;
};

}  // namespace raisd::heartbeat

#endif  // RAISD_HEARTBEAT_BATON_H_
